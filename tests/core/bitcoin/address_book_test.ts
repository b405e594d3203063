import { assert, assertEquals, assertThrows } from "@std/assert";
import { AddressBook, BAN_MS, type PickOptions } from "../../../core/bitcoin/address_book.ts";
import { DecodeError } from "../../../core/errors.ts";
import { seededRandom } from "../../support/seeded_random.ts";

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

function heard(host: string, seenMs = NOW) {
  return { host, port: 8333, services: 9n, seenMs };
}

function picking(options: Partial<PickOptions> = {}): PickOptions {
  return {
    unixMs: NOW,
    random: () => 0,
    isTaken: () => false,
    netgroups: new Set(),
    ...options,
  };
}

Deno.test("AddressBook picks nothing from nothing", () => {
  assertEquals(new AddressBook().pick(picking()), undefined);
});

Deno.test("AddressBook picks no node that is taken, nor one of a netgroup that is", () => {
  const book = new AddressBook();
  for (const host of ["81.2.0.1", "81.2.0.2", "82.3.0.1"]) {
    book.add(heard(host), NOW);
  }
  const netgroups = new Set(["81.2"]);
  assertEquals(book.pick(picking({ netgroups }))?.host, "82.3.0.1");
  const isTaken = ({ host }: { host: string }) => host !== "81.2.0.2";
  assertEquals(book.pick(picking({ isTaken }))?.host, "81.2.0.2");
});

Deno.test("AddressBook leaves a node alone for longer with each failure, a day at most", () => {
  const book = new AddressBook();
  book.add(heard("81.2.0.1"), NOW);
  const node = book.pick(picking())!;
  for (const waitMs of [1, 2, 4, 8, 16].map((minutes) => minutes * MINUTE)) {
    book.tried(node, NOW);
    assertEquals(book.pick(picking({ unixMs: NOW + waitMs - 1 })), undefined);
    assertEquals(book.pick(picking({ unixMs: NOW + waitMs })), node);
  }
  for (let i = 0; i < 100; i++) book.tried(node, NOW);
  assertEquals(book.pick(picking({ unixMs: NOW + 24 * 60 * MINUTE })), node);
});

Deno.test("AddressBook starts anew with a node that shook hands, but not at once", () => {
  const book = new AddressBook();
  book.add(heard("81.2.0.1"), NOW);
  const node = book.pick(picking())!;
  for (let i = 0; i < 5; i++) book.tried(node, NOW);
  book.connected(node, 9n, NOW);
  assertEquals(book.pick(picking({ unixMs: NOW + MINUTE - 1 })), undefined);
  assertEquals(book.pick(picking({ unixMs: NOW + MINUTE })), node);
});

Deno.test("AddressBook leaves a bad node alone for a day", () => {
  const book = new AddressBook();
  book.add(heard("81.2.0.1"), NOW);
  const node = book.pick(picking())!;
  book.ban(node, NOW);
  assert(book.isBanned(node, NOW + BAN_MS - 1));
  assertEquals(book.pick(picking({ unixMs: NOW + BAN_MS - 1 })), undefined);
  assertEquals(book.pick(picking({ unixMs: NOW + BAN_MS })), node);
});

Deno.test("AddressBook prefers nodes that it was connected with, then those seen last", () => {
  const book = new AddressBook();
  for (let i = 1; i <= 4; i++) {
    book.add(heard(`8${i}.2.0.1`, NOW - i * MINUTE), NOW);
  }
  book.connected({ host: "84.2.0.1", port: 8333 }, 9n, NOW);
  const picks = () => book.pick(picking({ random: seededRandom(7) }))?.host;
  assertEquals(picks(), "84.2.0.1");
  assertEquals(book.list().map(({ host }) => host)[0], "84.2.0.1");
});

Deno.test("AddressBook isn't filled by one netgroup, nor beyond its bound", () => {
  const book = new AddressBook();
  for (let i = 0; i < 100; i++) book.add(heard(`81.2.0.${i}`), NOW);
  assertEquals(book.size, 32);
  for (let a = 1; a < 30; a++) {
    for (let b = 0; b < 250; b++) {
      book.add(heard(`${a}.${b}.0.1`, NOW - a), NOW);
    }
  }
  assertEquals(book.size, 4_096);
});

Deno.test("AddressBook keeps nodes that it was connected with when it is full", () => {
  const book = new AddressBook();
  const good = { host: "200.1.0.1", port: 8333 };
  book.connected(good, 9n, NOW - MINUTE);
  for (let a = 1; a < 30; a++) {
    for (let b = 0; b < 250; b++) book.add(heard(`${a}.${b}.0.1`), NOW);
  }
  assert(book.list().some(({ host }) => host === good.host));
});

Deno.test("AddressBook takes a time to come for now", () => {
  const book = new AddressBook();
  book.add(heard("81.2.0.1", NOW + 1e12), NOW);
  assertEquals(book.list()[0].seenMs, NOW);
});

Deno.test("AddressBook.restore() gives back what snapshot() has taken", () => {
  const book = new AddressBook();
  book.add({ ...heard("2a01:4f8::1"), services: 2n ** 63n + 9n }, NOW);
  book.ban({ host: "81.2.0.1", port: 18333 }, NOW);
  const restored = new AddressBook();
  restored.restore(JSON.parse(JSON.stringify(book.snapshot())));
  assertEquals(restored.list(), book.list());
  assertEquals(restored.snapshot(), book.snapshot());
});

Deno.test("AddressBook.restore() refuses what is no snapshot, and takes nothing of it", () => {
  const good = {
    ...heard("81.2.0.1"),
    services: "9",
    triedMs: 0,
    connectedMs: 0,
    bannedUntilMs: 0,
    failures: 0,
  };
  const bad = [
    null,
    [],
    { version: 2, addresses: [] },
    { version: 1, addresses: {} },
    ...[
      { host: "a b" },
      { host: "" },
      { port: 0 },
      { port: "8333" },
      { services: 9 },
      { services: "-1" },
      { seenMs: -1 },
      { failures: 1e300 },
      { triedMs: 0.5 },
      { bannedUntilMs: null },
    ].map((wrong) => ({
      version: 1,
      addresses: [good, { ...good, ...wrong }],
    })),
  ];
  for (const json of bad) {
    const book = new AddressBook();
    assertThrows(
      () => book.restore(json),
      DecodeError,
      "Cannot read address book",
    );
    assertEquals(book.size, 0);
  }
});
