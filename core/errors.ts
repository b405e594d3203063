/**
 * Every error that a caller can see.
 *
 * Match on `code` (or on the class), never on `message`: codes are part of the public contract,
 * messages are for people. Mistakes in how the library is *used* are `TypeError` and `RangeError`;
 * an aborted `AbortSignal` rejects with its own `reason`, untouched.
 *
 * @example Usage
 * ```ts
 * import { SynapseError } from "@synapse/p2p";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new SynapseError("out_of_stock", "No apples left", { data: { left: 0 } });
 * assertEquals(error.code, "out_of_stock");
 * ```
 * @module
 */

/** The codes that Synapse itself gives. A remote function may answer with any other. */
export type ErrorCode =
  | "method_not_found"
  | "invalid_params"
  | "internal_error"
  | "deadline_exceeded"
  | "cancelled"
  | "connection_lost"
  | "unreachable"
  | "unauthorized"
  | "protocol_error"
  | "limit_exceeded"
  | "not_supported";

/** What a {@linkcode SynapseError} takes besides its code and message. */
export interface SynapseErrorOptions extends ErrorOptions {
  /** Machine-readable detail. Sent to the caller when a handler throws the error. */
  readonly data?: unknown;
}

/**
 * Root of every error that Synapse throws on purpose.
 *
 * Thrown inside a handler, its `code`, `message` and `data` reach the caller as they are; any
 * other error arrives there as `internal_error` with its message. Stack traces never leave the
 * process.
 */
export class SynapseError extends Error {
  override readonly name: string = "SynapseError";
  /** Stable machine-readable reason. */
  readonly code: string;
  /** Machine-readable detail, where there is any. */
  readonly data: unknown;

  /**
   * @param code One of {@linkcode ErrorCode}, or an application's own.
   * @param message What was attempted, what was found, what to do. No full stop.
   * @param options The cause, and data for the other side.
   */
  constructor(
    code: ErrorCode | (string & Record<never, never>),
    message: string,
    options: SynapseErrorOptions = {},
  ) {
    super(message, options);
    this.code = code;
    this.data = options.data;
  }
}

/** Bytes from a peer that are not what they should be. */
export class DecodeError extends SynapseError {
  override readonly name = "DecodeError";
  /** `truncated`: the bytes end too early. `malformed`: never valid. `limit`: valid, but refused. */
  readonly reason: "truncated" | "malformed" | "limit";

  /**
   * @param reason Why the bytes were refused. `limit` gives the code `limit_exceeded`, the others `protocol_error`.
   * @param message What was being decoded, and what was found.
   */
  constructor(reason: "truncated" | "malformed" | "limit", message: string) {
    super(reason === "limit" ? "limit_exceeded" : "protocol_error", message);
    this.reason = reason;
  }
}

/** A value that can't be put on the wire: too large, too deep, or of a type that has no encoding. */
export class EncodeError extends SynapseError {
  override readonly name = "EncodeError";

  /**
   * @param code `limit_exceeded` for size and depth, `not_supported` for a type.
   * @param message Which value, and why.
   */
  constructor(code: "limit_exceeded" | "not_supported", message: string) {
    super(code, message);
  }
}

/** A connection that could not be made, or that broke. */
export class TransportError extends SynapseError {
  override readonly name = "TransportError";
  /** The address that was dialled, listened on or connected to. */
  readonly url: string;

  /**
   * @param code `unreachable` when there never was a connection, `connection_lost` when it broke.
   * @param url The address concerned.
   * @param message What was attempted and what happened.
   * @param options The socket's own error as `cause`.
   */
  constructor(
    code: "unreachable" | "connection_lost",
    url: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
    this.url = url;
  }
}

/** The other side's refusal: its own code, message and data. */
export class RemoteError extends SynapseError {
  override readonly name = "RemoteError";
  /** The function that was called. */
  readonly method: string;

  /**
   * @param method The function that was called.
   * @param code The remote's own code; `internal_error` where it named none.
   * @param message The remote's own message.
   * @param data What else the remote sent with the error.
   */
  constructor(method: string, code: string, message: string, data?: unknown) {
    super(code, message, { data });
    this.method = method;
  }
}

/** Our own deadline passed: dialling, handshake and reply together took too long. */
export class TimeoutError extends SynapseError {
  override readonly name = "TimeoutError";
  /** What was being done. */
  readonly operation: string;
  /** The deadline in milliseconds. */
  readonly timeoutMs: number;

  /**
   * @param operation What was being done, such as `call sum`.
   * @param timeoutMs The deadline in milliseconds.
   */
  constructor(operation: string, timeoutMs: number) {
    super("deadline_exceeded", `Cannot ${operation} in time: no answer within ${timeoutMs} ms`);
    this.operation = operation;
    this.timeoutMs = timeoutMs;
  }
}
