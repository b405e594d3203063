/**
 * A client of the Bitcoin network: connections kept up, requests, blocks, and transactions on their way.
 *
 * Nothing that a peer says is believed unchecked where it can be checked.
 *
 * @module
 */
import type { BlockHeader } from "../codecs/bitcoin/block_header.ts";
import type { BitcoinCommand } from "../codecs/bitcoin/messages.ts";
import type { BitcoinNetwork } from "../codecs/bitcoin/networks.ts";
import type { Transaction } from "../codecs/bitcoin/transaction.ts";
import { Emitter } from "../emitter.ts";
import { SynapseError } from "../errors.ts";
import { AddressBook } from "./address_book.ts";
import { AddressBookKeeper } from "./address_book_keeper.ts";
import type { AddressRecord } from "./address_book_snapshot.ts";
import { awaitPeer } from "./await_peer.ts";
import { Broadcast, type BroadcastParts, type RawTransaction } from "./broadcast.ts";
import { type BroadcastOptions, resolveBroadcastOptions } from "./broadcast_options.ts";
import {
  ChainClient,
  type ChainOptions,
  type CheckedBlock,
  type GetHeadersOptions,
} from "./chain_client.ts";
import type {
  ConduitEvents,
  ConduitOptions,
  ConduitWorld,
  PeerPlace,
  ReceivedMessage,
} from "./conduit_options.ts";
import { type ConduitPeer, describeError, describePeer } from "./conduit_peer.ts";
import { checkEndpoint, type Endpoint, formatEndpoint, parseEndpoint } from "./endpoint.ts";
import { checkAgent, DEFAULT_AGENT, OUR_SERVICES } from "./handshake.ts";
import { MessageFeed, type ReceivedMessageOf } from "./message_feed.ts";
import { type Json, toJson } from "./message_json.ts";
import {
  createRequest,
  type Request,
  type RequestAnswer,
  type RequestOptions,
  type RequestPayload,
  sendRequest,
} from "./peer_request.ts";
import { Pool } from "./pool.ts";
import { createOffer } from "./transaction_offer.ts";

const DEFAULT_CONNECTIONS = 8;
const DEFAULT_REQUEST_MS = 30_000;

/** One client of one network. Dials nobody before it is asked for something. */
export class Conduit implements AsyncDisposable {
  /** What happens to it. */
  readonly events: Emitter<ConduitEvents>;
  readonly #network: BitcoinNetwork;
  readonly #world: ConduitWorld;
  readonly #book = new AddressBook();
  readonly #keeper: AddressBookKeeper;
  readonly #pool: Pool;
  readonly #chain: ChainClient;
  readonly #feed: MessageFeed;
  readonly #closing = new AbortController();
  #queue: Promise<Json>[] = [];
  #started: Promise<void> | undefined;

  /**
   * @param options Which network, and which nodes.
   * @param world Transport, time and chance.
   * @throws {TypeError} When a peer can't be read, or the agent is one that nodes hang up on.
   */
  constructor(options: ConduitOptions, world: ConduitWorld) {
    const { network, peers = [], discover, relay = true } = options;
    const { connections = DEFAULT_CONNECTIONS, agent = DEFAULT_AGENT, addressBook } = options;
    const { transport, clock, random, randomBytes, resolveSeed } = world;
    checkAgent(agent);
    this.#network = network;
    this.#world = world;
    this.events = new Emitter<ConduitEvents>((error, name) => {
      if (name !== "listenerFailed") this.events.emit("listenerFailed", { name, error });
    });
    const onListenerError = (error: unknown, name: string): void => {
      this.events.emit("listenerFailed", { name, error });
    };
    this.#keeper = new AddressBookKeeper(this.#book, addressBook, clock, (error) => {
      this.events.emit("warning", { error });
    });
    const announcement = { agent, services: OUR_SERVICES, height: 0, relay };
    this.#pool = new Pool({
      world: {
        network,
        transport,
        clock,
        randomBytes,
        announce: () => announcement,
        ownNonces: new Set(),
        onListenerError,
      },
      random,
      book: this.#book,
      discover,
      resolveSeed,
      size: connections,
    });
    this.#pool.name(peers.map((place) => this.#endpoint(place)));
    this.#chain = new ChainClient(this.#pool, network, clock);
    this.#feed = new MessageFeed(onListenerError);
    this.#tellOfPeers();
  }

  /** Which network. */
  get network(): BitcoinNetwork {
    return this.#network;
  }

  /**
   * Everything that peers say, from the first time that this is read on. Whoever reads too slowly misses the oldest
   * `inv` first; {@linkcode droppedMessages} counts.
   */
  get messages(): AsyncIterable<ReceivedMessage> {
    return this.#feed.messages;
  }

  /** How many messages were dropped because nobody read them in time. */
  get droppedMessages(): number {
    return this.#feed.dropped;
  }

  /**
   * Hears what peers say with one command.
   *
   * @param command Such as `inv`.
   * @param handler Gets each.
   * @returns Stops that.
   */
  on<C extends BitcoinCommand>(
    command: C,
    handler: (received: ReceivedMessageOf<C>) => unknown,
  ): () => void {
    return this.#feed.on(command, handler);
  }

  /**
   * Names nodes to be connected with.
   *
   * @param peers As `[[host, port], ...]` or `["host:port", ...]`; the network's port where none is given.
   * @throws {TypeError} When one can't be read.
   */
  addPeers(peers: readonly PeerPlace[]): this {
    this.#pool.name(peers.map((place) => this.#endpoint(place)));
    return this;
  }

  /**
   * Names the node that requests go to first, and that is told of transactions first.
   *
   * @param peer Where it is.
   * @throws {TypeError} When it can't be read.
   */
  setMainPeer(peer: PeerPlace): this {
    this.#pool.setMain(this.#endpoint(peer));
    return this;
  }

  /**
   * Requests something of the main peer, or of the nearest; waits for one where there is none. What comes of it,
   * {@linkcode runUntilQueueEmpty} tells.
   *
   * @param command Such as `getheaders`.
   * @param payload The fields of its message, or bytes for commands that are not known here.
   * @throws {TypeError} When fields are given for a command that is not known.
   */
  sendRequestNowait(command: string, payload?: RequestPayload): this {
    const request = createRequest(command, payload);
    this.#queue.push(
      this.#send(request, {}).then(
        ({ peer, message, ms }) => ({ peer, command, message: toJson(message), ms }),
        (error) => ({ command, error: describeError(error) }),
      ),
    );
    return this;
  }

  /**
   * Requests something of the main peer, or of the nearest, and waits for the answer.
   *
   * @param command Such as `getheaders`.
   * @param payload The fields of its message, or bytes for commands that are not known here.
   * @param options How long it may take.
   * @throws {TimeoutError} When there is no answer in time.
   * @throws {SynapseError} `unreachable`, `connection_lost`, `not_supported`.
   */
  async sendRequest(
    command: string,
    payload?: RequestPayload,
    options: RequestOptions = {},
  ): Promise<RequestAnswer> {
    return await this.#send(createRequest(command, payload), options);
  }

  /**
   * Runs until everything that was requested has come to something.
   *
   * @returns One result a request, in order: plain JSON, with `message` or `error`.
   */
  async runUntilQueueEmpty(): Promise<Json[]> {
    const results: Json[] = [];
    while (this.#queue.length > 0) results.push(...await Promise.all(this.#queue.splice(0)));
    return results;
  }

  /**
   * Runs until it is closed.
   *
   * @param signal Closes it.
   */
  async run(signal?: AbortSignal): Promise<void> {
    await this.#start();
    if (!signal?.aborted && !this.#closing.signal.aborted) {
      await new Promise<void>((resolve) => {
        signal?.addEventListener("abort", () => resolve());
        this.#closing.signal.addEventListener("abort", () => resolve());
      });
    }
    await this.close();
  }

  /**
   * Asks for block headers. Checked: their work, that they follow each other, that they are not from times to come.
   *
   * @param options From where on, and how many.
   * @returns From low to high; fewer than asked for where there are no more.
   */
  getHeaders(options: GetHeadersOptions = {}): Promise<BlockHeader[]> {
    return this.#begun(() => this.#chain.getHeaders(options));
  }

  /**
   * Asks for a block. Checked: its hash, its work, its transactions and their witnesses.
   *
   * @param hash The block's, in hex.
   * @param options How long it may take: 120,000 ms by default.
   */
  getBlock(hash: string, options: ChainOptions = {}): Promise<CheckedBlock> {
    return this.#begun(() => this.#chain.getBlock(hash, options));
  }

  /**
   * Asks for a transaction that waits in a mempool, or is in the newest block.
   *
   * @param txid The transaction's, in hex.
   * @param options How long it may take: 20,000 ms by default.
   * @throws {SynapseError} `not_found`, when those who were asked don't have it.
   */
  getTransaction(txid: string, options: ChainOptions = {}): Promise<Transaction> {
    return this.#begun(() => this.#chain.getTransaction(txid, options));
  }

  /** Those that are connected: the main one first, then the named ones, then the nearest. Plain JSON. */
  getPeers(): ConduitPeer[] {
    return this.#pool.peers.map(describePeer);
  }

  /** The address book: the last connected nodes first. */
  getAddresses(): readonly Readonly<AddressRecord>[] {
    return this.#book.list();
  }

  /**
   * Waits until so many peers are connected.
   *
   * @param count How many; where only named nodes will do, no more than there are.
   * @param options How long: 30,000 ms by default.
   * @throws {TimeoutError} When there are fewer by then.
   * @throws {SynapseError} `unreachable`, when the nodes that were named can't be had.
   */
  async waitForPeers(count = 1, options: ChainOptions = {}): Promise<ConduitPeer[]> {
    const { timeoutMs = DEFAULT_REQUEST_MS, signal } = options;
    const { clock } = this.#world;
    await this.#start();
    const { named, isDiscovering } = this.#pool;
    const wanted = isDiscovering ? count : Math.min(count, named.length);
    this.#pool.want(wanted);
    const suits = (): boolean => this.#pool.peers.length >= wanted;
    await awaitPeer(this.#pool, { clock, timeoutMs, signal, suits });
    return this.getPeers();
  }

  /**
   * Gives a transaction to some peers, and finds out what became of it.
   *
   * @param transaction As bytes or in hex.
   * @param options How many peers, and how long.
   * @returns Under way: `for await` gives events, `await` the report.
   * @throws {DecodeError} When it is no transaction: nothing is sent then.
   * @throws {RangeError} When a number is out of its range.
   */
  broadcastTransaction(transaction: RawTransaction, options: BroadcastOptions = {}): Broadcast {
    return this.#broadcast([createOffer(transaction, this.#network)], options);
  }

  /**
   * Gives many transactions to some peers, told of in batches, and finds out what became of each.
   *
   * @param transactions As bytes or in hex; read as fast as they settle. One that is none fails the broadcast.
   * @param options How many peers, and how long for each.
   * @returns Under way: `for await` gives events, `await` the report.
   * @throws {RangeError} When a number is out of its range.
   */
  broadcastTransactions(
    transactions: Iterable<RawTransaction> | AsyncIterable<RawTransaction>,
    options: BroadcastOptions = {},
  ): Broadcast {
    return this.#broadcast(transactions, options);
  }

  /** Hangs up on everybody, and writes the address book. */
  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort(new SynapseError("cancelled", "Cannot go on as the client is closed"));
    }
    await this.#started;
    await this.#pool.close();
    await this.#keeper.close();
    this.#feed.end();
  }

  /** @inheritdoc */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #broadcast(transactions: BroadcastParts["transactions"], options: BroadcastOptions): Broadcast {
    const resolved = resolveBroadcastOptions(options);
    const parents = resolved.parents.map((parent) => createOffer(parent, this.#network));
    this.#closing.signal.throwIfAborted();
    void this.#start();
    const { clock, random } = this.#world;
    return new Broadcast({
      pool: this.#pool,
      network: this.#network,
      clock,
      random,
      parents,
      transactions,
      options: { ...resolved, signal: this.#signal(options.signal) },
    });
  }

  async #send(request: Request, options: RequestOptions): Promise<RequestAnswer> {
    const { timeoutMs = DEFAULT_REQUEST_MS } = options;
    const { clock } = this.#world;
    const dueMs = clock.now() + timeoutMs;
    return await this.#begun(async () => {
      const signal = this.#signal(options.signal);
      const peer = await awaitPeer(this.#pool, { clock, timeoutMs, signal, suits: () => true });
      const leftMs = Math.max(Math.ceil(dueMs - clock.now()), 1);
      return await sendRequest(peer, request, clock, { timeoutMs: leftMs, signal });
    });
  }

  async #begun<T>(run: () => Promise<T>): Promise<T> {
    await this.#start();
    this.#closing.signal.throwIfAborted();
    return await run();
  }

  #start(): Promise<void> {
    return this.#started ??= this.#keeper.open().then(() => this.#pool.start());
  }

  #signal(signal: AbortSignal | undefined): AbortSignal {
    const closing = this.#closing.signal;
    return signal === undefined ? closing : AbortSignal.any([signal, closing]);
  }

  #tellOfPeers(): void {
    this.#pool.events.on("up", ({ peer }) => {
      this.#feed.add(peer);
      this.events.emit("peerConnected", { peer: describePeer(peer) });
    });
    this.#pool.events.on("down", ({ peer: { name }, reason }) => {
      this.events.emit("peerLost", { peer: name, reason });
    });
    this.#pool.events.on("failed", ({ endpoint, reason }) => {
      this.events.emit("dialFailed", { peer: formatEndpoint(endpoint), reason });
    });
  }

  #endpoint(place: PeerPlace): Endpoint {
    if (typeof place === "string") return parseEndpoint(place, this.#network.port);
    const [host, port = this.#network.port] = place;
    return checkEndpoint({ host, port });
  }
}
