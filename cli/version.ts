/**
 * What `synapse --version` prints.
 *
 * @module
 */

/** The version in `deno.json`; a test keeps them the same. */
export const VERSION: string = "0.1.0";
