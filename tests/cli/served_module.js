// Functions that the tests of the command line serve. JavaScript and without imports, so that every runtime can.
export const identity = (value) => value;

export const describe = (value) =>
  value instanceof Uint8Array ? `bytes ${value.join(" ")}` : JSON.stringify(value);

export const bytes = (...numbers) => Uint8Array.from(numbers);

export const fail = () => {
  throw new Error("boom");
};

export const ignore = (..._args) => new Promise(() => {});

let release;
const released = new Promise((resolve) => release = resolve);

/** Streams one item, then waits until somebody calls `open`, then streams another. */
export async function* gated() {
  yield "before";
  await released;
  yield "after";
}

export const open = () => release();

const interrupted = new Promise((resolve) => {
  globalThis.process.once("SIGINT", () => resolve("interrupted"));
});

/** Streams one item, then another when the server is asked to end. */
export async function* untilInterrupted() {
  yield "begun";
  yield await interrupted;
}

let leave;
const left = new Promise((resolve) => leave = resolve);

/** Streams for ever, and tells `whenLeft` when nobody reads any more. */
export async function* endless() {
  try {
    for (let i = 0;; i++) yield i;
  } finally {
    leave("left");
  }
}

export const whenLeft = () => left;

/** Streams one item, and says on stderr when it has come to an end in good order. */
export async function* stubborn() {
  try {
    yield "begun";
    await new Promise(() => {});
  } finally {
    globalThis.process.stderr.write("ended in good order\n");
  }
}
