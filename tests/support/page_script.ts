/**
 * Puts `browser.ts` where a test can get at it in a page.
 *
 * @module
 */
import { Node } from "../../browser.ts";

Object.assign(globalThis, { SynapseNode: Node });
