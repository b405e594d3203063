import { assertEquals } from "@std/assert";
import { type Advert, createAdvert } from "../../../core/advert.ts";
import { NameClaim } from "../../../core/discovery/name_claim.ts";
import { cheapSigner } from "../../support/cheap_signatures.ts";
import { StillClock } from "../../support/still_clock.ts";

const [SMALLER, LARGER] = [cheapSigner(1), cheapSigner(2)].sort((a, b) => a.id < b.id ? -1 : 1);

function createClaim(key: string): { claim: NameClaim; clock: StillClock } {
  const clock = new StillClock();
  return { claim: new NameClaim("alice", key, clock), clock };
}

function advertOf(signer: typeof SMALLER, timeMs: number): Advert {
  const host = "10.0.0.1";
  return createAdvert(
    { type: "adv", namespace: "demo", name: "alice", host, port: 1, timeMs },
    signer,
  );
}

Deno.test("NameClaim gives way to anybody before it is claimed", () => {
  const { claim, clock } = createClaim(SMALLER.id);
  assertEquals(claim.withstands(advertOf(LARGER, clock.unixMs())), false);
});

Deno.test("NameClaim gives way to whoever was there before", () => {
  const { claim, clock } = createClaim(SMALLER.id);
  claim.claim();
  clock.pass(1_000);
  assertEquals(claim.withstands(advertOf(LARGER, clock.unixMs() - 5_000)), false);
});

Deno.test("NameClaim decides by the key between two that start at once, one way round only", () => {
  for (const [own, other, stays] of [[SMALLER, LARGER, true], [LARGER, SMALLER, false]] as const) {
    const { claim, clock } = createClaim(own.id);
    claim.claim();
    clock.pass(100);
    assertEquals(claim.withstands(advertOf(other, clock.unixMs())), stays);
  }
});

Deno.test("NameClaim gives way to whoever says it again after hearing us", () => {
  const { claim, clock } = createClaim(SMALLER.id);
  claim.claim();
  clock.pass(100);
  assertEquals(claim.withstands(advertOf(LARGER, clock.unixMs())), true);
  assertEquals(
    claim.withstands(advertOf(LARGER, clock.unixMs() + 1)),
    true,
    "the same, on another link",
  );
  clock.pass(1_000);
  assertEquals(claim.withstands(advertOf(LARGER, clock.unixMs())), false);
});

Deno.test("NameClaim keeps for good what it has had for a minute", () => {
  const { claim, clock } = createClaim(LARGER.id);
  claim.claim();
  clock.pass(60_001);
  for (let i = 0; i < 10; i++) {
    clock.pass(1_000);
    assertEquals(claim.withstands(advertOf(SMALLER, clock.unixMs())), true);
  }
});

Deno.test("NameClaim keeps its name when somebody takes every one that it takes", () => {
  const { claim, clock } = createClaim(LARGER.id);
  claim.claim();
  let changes = 0;
  while (changes < 100 && !claim.withstands(advertOf(SMALLER, clock.unixMs()))) {
    claim.next();
    claim.claim();
    changes++;
  }
  assertEquals(changes, 10);
});

Deno.test("NameClaim.next() counts up, and stays a name", () => {
  const claim = new NameClaim("alice", SMALLER.id, new StillClock());
  assertEquals(claim.name, "alice");
  claim.next();
  assertEquals(claim.name, "alice-2");
  claim.next();
  assertEquals(claim.name, "alice-3");
  const long = new NameClaim(`${"a".repeat(61)} 🌍`, SMALLER.id, new StillClock());
  long.next();
  assertEquals(long.name, `${"a".repeat(61)}-2`);
});
