/**
 * pnet's packets on TCP: one line of five fields a connection, one line back.
 *
 * How a listener recognises them, which of them a server refuses and with which code, and how a client
 * reads the answer. What the fields hold is `core/pnet/`.
 *
 * @module
 */
import { parsePipePacket, type PipePacket } from "../codecs/pipe_packet.ts";
import { DecodeError, RemoteError, SynapseError } from "../errors.ts";

/** What a real server says of a packet that it doesn't take. */
export type PnetErrorCode =
  | "ERR_SECTION_COUNT"
  | "ERR_PACKET_INCOMPLETE"
  | "ERR_NETWORK_INCORRECT"
  | "ERR_PACKET_TYPE"
  | "ERR_NET_DECRYPTION_FAILED"
  | "ERR_RSA_DECRYPTION_FAILED"
  | "ERR_BR_INVALID_IP"
  | "ERR_BR_INVALID_FORMAT";

/** What can be asked of a server: an advert, something for everybody, or a message to be answered. */
export type PnetRequestType = "adv" | "brd" | "msg";

/** A packet that a server takes. */
export type PnetRequest = PipePacket & { readonly type: PnetRequestType };

const REQUEST_TYPES: readonly string[] = ["adv", "brd", "msg"];
const FIELDS = 5;
/** A colon before a digit is how an opening of python-p2p-network looks while its `|` isn't there yet. */
const OPENING = /^(?![^|]*:\d)[ -{}~]{1,63}\|(?:adv|brd|msg|rsp|err)\|/;
const BEGINNING_OF_OPENING = /^(?![^|]*:\d)(?:[ -{}~]{0,63}|[ -{}~]{1,63}\|[a-z]{0,3})$/;
/** What a listener looks at: of longer names, a `|` within them has to do. */
const MAX_OPENING_BYTES = 64;

/**
 * Says whether a connection begins as pnet's do.
 *
 * @param bytes The first ones.
 * @returns undefined while it takes more of them to tell.
 */
export function recognisePnet(bytes: Uint8Array): boolean | undefined {
  const opening = String.fromCharCode(...bytes.subarray(0, MAX_OPENING_BYTES));
  if (OPENING.test(opening)) return true;
  if (!BEGINNING_OF_OPENING.test(opening)) return false;
  return opening.length < MAX_OPENING_BYTES ? undefined : true;
}

/**
 * Reads a packet as a server does.
 *
 * @param line Without its newline.
 * @param network The server's network.
 * @returns The packet, or the code with which to refuse it.
 */
export function readPnetRequest(line: string, network: string): PnetRequest | PnetErrorCode {
  const packet = parsePipePacket(line.replace(/\r$/, ""));
  if (packet === undefined) {
    const fields = line.split("|", FIELDS + 1).length;
    return fields === FIELDS ? "ERR_PACKET_INCOMPLETE" : "ERR_SECTION_COUNT";
  }
  if (packet.network !== network) return "ERR_NETWORK_INCORRECT";
  return REQUEST_TYPES.includes(packet.type) ? packet as PnetRequest : "ERR_PACKET_TYPE";
}

/**
 * Reads the answer to a message.
 *
 * @param line What the server wrote; the key and the end may be missing.
 * @param network The client's network.
 * @param operation What was attempted, for errors: `ask bob`.
 * @returns The content.
 * @throws {RemoteError} With the server's own code, when it has refused the packet.
 * @throws {SynapseError} `connection_lost` when there is no answer at all.
 * @throws {DecodeError} `malformed`.
 */
export function readPnetAnswer(line: string, network: string, operation: string): string {
  if (line === "") {
    throw new SynapseError(
      "connection_lost",
      `Cannot ${operation} as it closed the connection without an answer: it may not know the function, have failed, or be busy`,
    );
  }
  const [theirs, type, content] = line.replace(/\r$/, "").split("|", FIELDS);
  if (type === "err" && content !== undefined) {
    const code = content.slice(0, 64).replace(/[^A-Z_]/g, "");
    throw new RemoteError(operation, code, `Cannot ${operation} as it refused the packet: ${code}`);
  }
  if (type !== "rsp" || content === undefined || theirs !== network) {
    throw new DecodeError("malformed", `Cannot ${operation} as its answer is no answer of pnet`);
  }
  return content;
}
