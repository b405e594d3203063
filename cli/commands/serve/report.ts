/**
 * What `synapse serve` says when it has begun.
 *
 * @module
 */
import { fingerprint, formatAddress, type Node } from "../../../mod.ts";
import { endpointRows } from "../../endpoint_rows.ts";
import { harmlessLine } from "../../harmless.ts";
import type { CliIo } from "../../io.ts";
import { createPaint } from "../../paint.ts";
import { formatTable } from "../../table.ts";
import { VERSION } from "../../version.ts";

/**
 * Describes a node for people.
 *
 * @param node Listens already.
 * @param io For width and colours.
 */
export function formatReport(node: Node, io: CliIo): string {
  const { bold, dim } = createPaint(io);
  const layout = { indent: "  ", columns: io.columns, paint: bold };
  const about: (readonly [string, string])[] = [];
  if (node.homeNamespace !== "") about.push(["namespace", harmlessLine(node.homeNamespace)]);
  if (node.name !== "") about.push(["name", harmlessLine(node.name)]);
  // By which those that it is found by can tell it from others.
  if (isFound(node)) about.push(["key", fingerprint(node.identity.publicKey)]);
  for (const address of node.addresses) about.push(["listening on", formatAddress(address)]);
  const shown = node.addresses.find(({ scheme }) => scheme === "tcp");
  if (shown !== undefined && node.dialects.includes("http")) {
    about.push(["page", formatAddress({ ...shown, scheme: "http" })]);
  }
  const sections = [
    `${dim("--<")} ${bold("synapse")} ${VERSION} ${dim(">--")}\n`,
    formatTable(about, { ...layout, paint: dim }),
  ];
  const endpoints = endpointRows(node.endpoints);
  if (endpoints.length > 0) sections.push(`functions\n${formatTable(endpoints, layout)}`);
  const tasks = node.tasks.map((task) => [harmlessLine(task.name), task.schedule.text] as const);
  if (tasks.length > 0) sections.push(`in the background\n${formatTable(tasks, layout)}`);
  return `${sections.join("\n")}\n`;
}

/**
 * The same for programs.
 *
 * @param node Listens already.
 */
export function reportEvent(node: Node): Readonly<Record<string, unknown>> {
  return {
    event: "listening",
    namespace: node.homeNamespace,
    name: node.name,
    ...(isFound(node) && { key: node.identity.id }),
    addresses: node.addresses.map(formatAddress),
    endpoints: node.endpoints,
    background: node.tasks.map((task) => ({ name: task.name, schedule: task.schedule.text })),
  };
}

function isFound(node: Node): boolean {
  return node.stats() !== undefined;
}
