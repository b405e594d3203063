/** Bytes as text, for the peers whose wire is JSON. @module */
import { Buffer } from "node:buffer";

export const toBase64 = (bytes) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
export const fromBase64 = (text) => Buffer.from(text, "base64");
