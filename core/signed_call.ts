/**
 * Calls that prove whose they are: an envelope's seal over what is called, with what, and at whom.
 *
 * The seal travels as the keyword argument `$by`, a map of an envelope's fields but for the value, which the
 * called node puts together itself: `{to, method, args, kwargs}`, with the called node's own public key for `to`.
 * So it passes through every dialect that has keyword arguments, holds for this one call, and nobody can use it
 * again, there or elsewhere.
 *
 * @module
 */
import type { Clock } from "./channel.ts";
import { decodeMessagePack, encodeMessagePack } from "./codecs/messagepack.ts";
import { open, type OpenedEnvelope, seal } from "./envelope.ts";
import { type Identity, isKeyText } from "./identity.ts";
import type { Kwargs } from "./message.ts";
import type { ReplayGuard } from "./replay_guard.ts";

/** The keyword argument that carries the seal. */
const SEAL_KEY = "$by";

/** What is called, with what, and at whom. */
export interface CallToSign {
  /** The called node's public key, base64url. */
  readonly to: string;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly kwargs: Kwargs | undefined;
}

/**
 * Signs a call.
 *
 * @param call What is to be called.
 * @param signer Whose it is, and the time.
 * @returns The keyword arguments to call it with.
 * @throws {EncodeError} For arguments without a canonical form.
 */
export function signCall(
  call: CallToSign,
  signer: { readonly identity: Identity; readonly clock: Clock },
): Kwargs {
  const { value: _, ...by } = seal(signedValue(call), signer);
  return { ...call.kwargs, [SEAL_KEY]: by };
}

/**
 * Says whether a call claims to be somebody's.
 *
 * @param kwargs Its keyword arguments.
 */
export function isSigned(kwargs: Kwargs | undefined): kwargs is Kwargs {
  return kwargs !== undefined && Object.hasOwn(kwargs, SEAL_KEY);
}

/**
 * Whose a call claims to be.
 *
 * @param kwargs Its keyword arguments.
 * @returns A public key, base64url; undefined where it isn't signed, or by nothing that is a key.
 */
export function claimedKey(kwargs: Kwargs | undefined): string | undefined {
  const by = isSigned(kwargs) ? kwargs[SEAL_KEY] : undefined;
  const { key } = (typeof by === "object" && by !== null ? by : {}) as { key?: unknown };
  return isKeyText(key) ? key : undefined;
}

/** A call whose seal is good. */
export interface OpenedCall extends Pick<OpenedEnvelope, "key"> {
  /** Its keyword arguments without the seal; undefined where there are no others. */
  readonly kwargs: Kwargs | undefined;
}

/**
 * Checks the seal of a call.
 *
 * @param call What has come, the seal among its keyword arguments.
 * @param options The time, and the memory against replays.
 * @returns Whose it is, and the keyword arguments that are left.
 * @throws {DecodeError} When there is no well-formed seal.
 * @throws {SynapseError} `tampered`, `expired` or `replayed`.
 */
export function openCall(
  call: CallToSign,
  options: { readonly clock: Clock; readonly replays: ReplayGuard },
): OpenedCall {
  const { [SEAL_KEY]: by, ...rest } = call.kwargs ?? {};
  const kwargs = Object.keys(rest).length === 0 ? undefined : rest;
  const fields = typeof by === "object" && by !== null ? by : {};
  const { key } = open({ ...fields, value: signedValue({ ...call, kwargs }) }, options);
  return { key, kwargs };
}

/** As it looks to the receiver, who has no `undefined`, for one. */
function signedValue({ to, method, args, kwargs = {} }: CallToSign): unknown {
  return decodeMessagePack(encodeMessagePack({ to, method, args, kwargs }));
}
