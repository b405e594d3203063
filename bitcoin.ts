/**
 * Bitcoin's peer-to-peer network: a client that broadcasts transactions and sees them travel, and the wire beneath.
 *
 * {@linkcode Conduit} is the client. What it is made of can be had alone: frames and messages, transactions, blocks,
 * scripts and addresses, all of them pure, bounded, and the same byte for byte when they are written again.
 *
 * @example Decoding a transaction
 * ```ts
 * import { findNetwork, parseRawTransaction, summarizeTransaction } from "@synapse/p2p/bitcoin";
 * import { assertEquals } from "@std/assert";
 *
 * const raw = "0100000001aa00000000000000000000000000000000000000000000000000000000000000" +
 *   "0000000000ffffffff0110270000000000001976a914000000000000000000000000000000000000000088ac" +
 *   "00000000";
 * const main = findNetwork("main")!;
 * const { outputs, outputTotalSat } = summarizeTransaction(parseRawTransaction(raw, main), main);
 * assertEquals(outputs[0].address, "1111111111111111111114oLvT2");
 * assertEquals(outputTotalSat, 10_000n);
 * ```
 *
 * @example Broadcasting one
 * ```ts ignore
 * import { Conduit } from "@synapse/p2p/bitcoin";
 *
 * await using conduit = new Conduit({ network: "testnet4" });
 * const broadcast = conduit.broadcastTransaction(raw, { nodes: 5, watchers: 4 });
 * for await (const event of broadcast) console.log(event.ms, event.type);
 * console.log((await broadcast).outcome); // "propagated": a node that was never told announced it
 * ```
 * @module
 */
// The client.
export { Conduit, type ConduitOptions, requireNetwork } from "./transports/bitcoin.ts";
export type {
  AddressStorage,
  ConduitEvents,
  ConduitWorld,
  PeerPlace,
  ReceivedMessage,
} from "./core/bitcoin/conduit_options.ts";
export type { ConduitPeer } from "./core/bitcoin/conduit_peer.ts";
export type { ChainOptions, CheckedBlock, GetHeadersOptions } from "./core/bitcoin/chain_client.ts";
export type { ReceivedMessageOf } from "./core/bitcoin/message_feed.ts";
export { type Json, toJson } from "./core/bitcoin/message_json.ts";
export type { RequestAnswer, RequestOptions, RequestPayload } from "./core/bitcoin/peer_request.ts";
export { AddressBook, type HeardAddress, type PickOptions } from "./core/bitcoin/address_book.ts";
export type { AddressBookSnapshot, AddressRecord } from "./core/bitcoin/address_book_snapshot.ts";
export type { ResolveSeed } from "./core/bitcoin/seeding.ts";
export { type Endpoint, formatEndpoint, parseEndpoint } from "./core/bitcoin/endpoint.ts";
export { AddressBookFile } from "./transports/address_book_file.ts";
export { Socks5Transport } from "./transports/socks5.ts";

// Broadcasting.
export type { Broadcast, RawTransaction } from "./core/bitcoin/broadcast.ts";
export type { BroadcastOptions } from "./core/bitcoin/broadcast_options.ts";
export type {
  AnnouncedEvent,
  AssignedEvent,
  BroadcastEvent,
  BroadcastMoment,
  ClosedEvent,
  ConnectedEvent,
  ConnectingEvent,
  FinishedEvent,
  MissingParentEvent,
  OfferedEvent,
  PeerMoment,
  ProcessedEvent,
  RebroadcastEvent,
  RejectedEvent,
  RequestedEvent,
  SeenEvent,
  SentEvent,
  SettledEvent,
  SkippedEvent,
  StartedEvent,
  TransactionMoment,
} from "./core/bitcoin/broadcast_events.ts";
export type {
  BroadcastOutcome,
  BroadcastReport,
  Evidence,
  EvidenceKind,
  PeerReport,
  PeerRole,
  PeerSteps,
  Rejection,
  SkipReason,
  TellVerdict,
  TransactionReport,
  WatchVerdict,
} from "./core/bitcoin/broadcast_report.ts";

// One conversation.
export {
  BitcoinPeer,
  type BitcoinPeerEvents,
  type BitcoinPeerOptions,
  type PeerClosed,
} from "./core/bitcoin/peer.ts";
export {
  type Announcement,
  OUR_SERVICES,
  type PeerInfo,
  PROTOCOL_VERSION,
} from "./core/bitcoin/handshake.ts";

// Networks, hashes, addresses.
export {
  type AddressPrefixes,
  BITCOIN_NETWORKS,
  type BitcoinNetwork,
  customSignet,
  findNetwork,
} from "./core/codecs/bitcoin/networks.ts";
export { formatHash, parseHash, sha256d } from "./core/codecs/bitcoin/hash.ts";
export { formatAddress, parseAddress } from "./core/codecs/bitcoin/address.ts";
export { serviceNames, SERVICES } from "./core/codecs/bitcoin/services.ts";

// Transactions.
export {
  decodeTransaction,
  encodeTransaction,
  isCoinbase,
  sizeOf,
  type Transaction,
  type TransactionForm,
  transactionId,
  type TransactionInput,
  type TransactionOutput,
  virtualSizeOf,
  weightOf,
  witnessTransactionId,
} from "./core/codecs/bitcoin/transaction.ts";
export { parseRawTransaction } from "./core/codecs/bitcoin/raw_transaction.ts";
export {
  type InputSummary,
  type OutputSummary,
  type RelativeLock,
  summarizeTransaction,
  type TransactionLock,
  type TransactionSummary,
} from "./core/codecs/bitcoin/transaction_summary.ts";
export { inferInputType, type InputType } from "./core/codecs/bitcoin/input_type.ts";
export {
  type ClassifiedScript,
  classifyScript,
  type ScriptType,
  type WitnessScript,
} from "./core/codecs/bitcoin/script.ts";
export { disassemble } from "./core/codecs/bitcoin/disassemble.ts";
export { findUnusual } from "./core/codecs/bitcoin/standardness.ts";

// Blocks.
export {
  type Block,
  blockSizeOf,
  blockWeightOf,
  decodeBlock,
  encodeBlock,
} from "./core/codecs/bitcoin/block.ts";
export {
  blockHash,
  type BlockHeader,
  decodeBlockHeader,
  encodeBlockHeader,
  hasProofOfWork,
  targetOf,
} from "./core/codecs/bitcoin/block_header.ts";
export { type BlockExpectations, checkBlock } from "./core/codecs/bitcoin/block_check.ts";
export {
  type BlockPart,
  BlockStream,
  type BlockStreamOptions,
} from "./core/codecs/bitcoin/block_stream.ts";

// The wire.
export {
  type BitcoinFrame,
  encodeFrame,
  FrameDecoder,
  type FrameDecoderOptions,
  type PayloadSink,
} from "./core/codecs/bitcoin/frame.ts";
export {
  type BitcoinCommand,
  type BitcoinMessage,
  type BitcoinMessageOf,
  decodeMessage,
  encodeMessage,
  isBitcoinCommand,
  payloadLimits,
  type UnknownMessage,
} from "./core/codecs/bitcoin/messages.ts";
export type { AddrMessage, NodeAddress } from "./core/codecs/bitcoin/addr.ts";
export type { Addrv2Message } from "./core/codecs/bitcoin/addrv2.ts";
export type { BlockMessage } from "./core/codecs/bitcoin/block_message.ts";
export type { FeefilterMessage } from "./core/codecs/bitcoin/feefilter.ts";
export type {
  LocatorCommand,
  LocatorFields,
  LocatorMessage,
} from "./core/codecs/bitcoin/getheaders.ts";
export type { HeadersMessage } from "./core/codecs/bitcoin/headers.ts";
export {
  INVENTORY_TYPES,
  type InventoryCommand,
  type InventoryItem,
  type InventoryMessage,
} from "./core/codecs/bitcoin/inventory.ts";
export type { MempoolMessage } from "./core/codecs/bitcoin/mempool.ts";
export type { NetAddress } from "./core/codecs/bitcoin/net_address.ts";
export type { PingMessage, PongMessage } from "./core/codecs/bitcoin/ping_pong.ts";
export type { ProtoconfMessage } from "./core/codecs/bitcoin/protoconf.ts";
export { REJECT_CODES, type RejectMessage } from "./core/codecs/bitcoin/reject.ts";
export type { SendcmpctMessage } from "./core/codecs/bitcoin/sendcmpct.ts";
export type { SignalCommand, SignalMessage } from "./core/codecs/bitcoin/signal.ts";
export type { TxMessage } from "./core/codecs/bitcoin/tx_message.ts";
export type { VersionAddress, VersionMessage } from "./core/codecs/bitcoin/version.ts";
