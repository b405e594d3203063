/**
 * How a peer behaves: what it did wrong, counted, and when it has been enough.
 *
 * @module
 */

/**
 * What a peer can do wrong.
 *
 * `malformed`: a payload that is not what its command says. `unexpected`: a message that has no place there: a
 * second version, a pong that answers nothing. `flood`: more of something than anybody needs.
 */
export type Offence = "malformed" | "unexpected" | "flood";

/** How often each was done. */
export type OffenceCounts = Readonly<Record<Offence, number>>;

/** One in a hundred pings may go astray, but three payloads that nobody can read are no accident. */
const POINTS: Readonly<Record<Offence, number>> = { malformed: 34, unexpected: 2, flood: 1 };
const ENOUGH = 100;

/** One peer's record. */
export class Conduct {
  readonly #counts: Record<Offence, number> = { malformed: 0, unexpected: 0, flood: 0 };
  #points = 0;

  /** How often each was done. */
  get counts(): OffenceCounts {
    return { ...this.#counts };
  }

  /** Notes an offence. @returns Whether it has been enough. */
  note(offence: Offence): boolean {
    this.#counts[offence]++;
    this.#points += POINTS[offence];
    return this.#points >= ENOUGH;
  }
}
