"use strict";
/*
 * Regtest Bitcoin full nodes, from bcoin 1.0.2, for clients of the network to be tested against.
 *
 *   node regtest_node.cjs <p2p port> <http port> [--nodes N] [--blocks N] [--packets] [--bip37]
 *                         [--topology line|star] [--host 127.0.0.1] [--quiet-blocks] [--ban-score N]
 *
 * Node i listens on <p2p port>+i (http on <http port>+i). Node i>0 dials node i-1 (line) or 0 (star).
 * Needs bcoin: npm ci in this folder, or BCOIN_DIR.
 *
 * stdout: one JSON object a line, field "ev" names it:
 *   listening, height, key, ready, tx-ready, mempool-tx, mempool-reject, orphan, block,
 *   peer-connect, peer-open, peer-close, ban, packet (with --packets), reply, error
 * stdin: one JSON object a line:
 *   {"cmd":"make","kind":"p2pkh|p2wpkh|p2sh-p2wpkh|multi|opreturn|lowfee|badsig|missing|chain|doublespend","n":1}
 *   {"cmd":"mine","n":1}              mines n blocks on node 0 (they take its mempool)
 *   {"cmd":"mempool"}                 txids in every node's mempool
 *   {"cmd":"send","hex":"..."}        puts a transaction into node 0's mempool by hand (to test "already known")
 *   {"cmd":"peers"}  {"cmd":"drop","node":0}  {"cmd":"stop"}, or the end of stdin
 * Every command may carry "id": the reply repeats it.
 */
process.env.NODE_BACKEND = "js";
const crypto = require("crypto");

function load() {
  const roots = [process.env.BCOIN_DIR, __dirname, process.cwd()].filter(
    Boolean,
  );
  for (const root of roots) {
    try {
      return require(require.resolve("bcoin", { paths: [root] }));
    } catch (e) {
      if (e.code !== "MODULE_NOT_FOUND") {
        throw e;
      }
    }
  }
  throw new Error(`bcoin is not installed in ${roots.join(", ")}`);
}

const args = process.argv.slice(2);
const flag = (name, dflt) => {
  const i = args.indexOf(`--${name}`);
  if (i === -1) {
    return dflt;
  }
  const value = args[i + 1];
  args.splice(i, 2);
  return value;
};
const bool = (name) => {
  const i = args.indexOf(`--${name}`);
  if (i === -1) {
    return false;
  }
  args.splice(i, 1);
  return true;
};
const NODES = Number(flag("nodes", 1));
const BLOCKS = Number(flag("blocks", 545)); // segwit is active from 432; coinbases mature after 100
const HOST = flag("host", "127.0.0.1");
const TOPOLOGY = flag("topology", "line");
const BAN = Number(flag("ban-score", 100000)); // bcoin's own default is 100: one bad signature and 127.0.0.1 is banned for a day
const PACKETS = bool("packets");
const BIP37 = bool("bip37");
const QUIET = bool("quiet-blocks");
const P2P = Number(args[0] || 48444);
const HTTP = Number(args[1] || 48332);

const bcoin = load();
const { FullNode, KeyRing, MTX, TX, Coin, Script } = bcoin;

const out = (obj) => process.stdout.write(JSON.stringify(obj) + "\n");
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

// The known key: sha256 of a public sentence. Regtest only.
const secret = crypto.createHash("sha256").update("synapse btc regtest key 1")
  .digest();
const ring = (witness, nested) => {
  const r = KeyRing.fromPrivate(secret, true);
  r.witness = witness;
  r.nested = nested;
  return r;
};
const RINGS = {
  "p2pkh": ring(false, false),
  "p2wpkh": ring(true, false),
  "p2sh-p2wpkh": ring(true, true),
};
const KINDS = Object.keys(RINGS);

const nodes = [];
const funds = { "p2pkh": [], "p2wpkh": [], "p2sh-p2wpkh": [] }; // mature coinbase coins not handed out yet
const coinbases = []; // {height, kind, coin}

function watch(node, i) {
  node.on("error", (e) => out({ ev: "error", node: i, message: e.message }));
  node.mempool.on("tx", (tx) => {
    out({
      ev: "mempool-tx",
      node: i,
      t: Date.now(),
      txid: tx.txid(),
      wtxid: tx.wtxid(),
      size: tx.getSize(),
      vsize: tx.getVirtualSize(),
      peer: node.mempool.lastFrom || null,
    });
  });
  node.mempool.on(
    "add orphan",
    (tx) => out({ ev: "orphan", node: i, t: Date.now(), txid: tx.txid() }),
  );
  const addTX = node.mempool.addTX.bind(node.mempool);
  node.mempool.addTX = async (tx, id) => {
    try {
      const peer = id == null || id === -1 ? null : [...peersOf(node)].find((p) => p.id === id);
      node.mempool.lastFrom = peer ? peer.hostname() : "local";
      return await addTX(tx, id);
    } catch (e) {
      out({
        ev: "mempool-reject",
        node: i,
        t: Date.now(),
        txid: tx.txid(),
        code: e.code,
        reason: e.reason || e.message,
        score: e.score,
      });
      throw e;
    }
  };
  node.chain.on("connect", (entry, block) => {
    if (!QUIET && node.opened) {
      out({
        ev: "block",
        node: i,
        height: entry.height,
        hash: entry.rhash(),
        txs: block.txs.length,
      });
    }
  });
  const info = (peer) => ({
    ev: "",
    node: i,
    t: Date.now(),
    id: peer.id,
    addr: peer.hostname(),
    outbound: peer.outbound,
  });
  node.pool.on(
    "peer connect",
    (peer) => out({ ...info(peer), ev: "peer-connect" }),
  );
  node.pool.on(
    "peer open",
    (peer) =>
      out({
        ...info(peer),
        ev: "peer-open",
        agent: peer.agent,
        services: peer.services,
        version: peer.version,
        height: peer.height,
        relay: !peer.noRelay,
      }),
  );
  node.pool.on(
    "peer close",
    (peer) => out({ ...info(peer), ev: "peer-close", agent: peer.agent }),
  );
  node.pool.on(
    "ban",
    (peer) => out({ ...info(peer), ev: "ban", score: peer.banScore }),
  );
  if (PACKETS) {
    node.pool.on(
      "packet",
      (packet, peer) =>
        out({
          ...info(peer),
          ev: "packet",
          cmd: packet.cmd,
          items: packet.items
            ? packet.items.map((x) =>
              `${x.type}:${Buffer.from(x.hash, "hex").reverse().toString("hex")}`
            ).slice(0, 20)
            : undefined,
        }),
    );
  }
}

function* peersOf(node) {
  for (let p = node.pool.peers.head(); p; p = p.next) {
    yield p;
  }
}

async function mine(n) {
  const node = nodes[0];
  for (let i = 0; i < n; i++) {
    const kind = KINDS[(node.chain.height + 1) % KINDS.length];
    const block = await node.miner.cpu.mineBlock(
      node.chain.tip,
      RINGS[kind].getAddress(),
    );
    const entry = await node.chain.add(block);
    if (!entry) {
      throw new Error("the mined block was not accepted");
    }
    coinbases.push({
      height: entry.height,
      kind,
      coin: Coin.fromTX(block.txs[0], 0, entry.height),
    });
    for (let k = 1; k < nodes.length; k++) {
      if (nodes[k].chain.tip.hash === entry.prevBlock) {
        await nodes[k].chain.add(block);
      }
    }
  }
  // a coinbase can be spent in a block 100 above it
  while (
    coinbases.length && coinbases[0].height + 100 <= node.chain.height + 1
  ) {
    const c = coinbases.shift();
    funds[c.kind].push(c.coin);
  }
  out({
    ev: "height",
    node: 0,
    height: node.chain.height,
    tip: node.chain.tip.rhash(),
    funds: Object.fromEntries(
      Object.entries(funds).map(([k, v]) => [k, v.length]),
    ),
  });
}

const take = (kind) => {
  const coin = funds[kind].shift();
  if (!coin) {
    throw new Error(`no mature ${kind} coin is left: mine more blocks`);
  }
  return coin;
};

function spend(
  coin,
  kind,
  { fee = 2000, outputs = 1, data, sign = true } = {},
) {
  const mtx = new MTX();
  mtx.addCoin(coin);
  const each = Math.floor((coin.value - fee) / outputs);
  for (let i = 0; i < outputs; i++) {
    mtx.addOutput(RINGS[KINDS[i % KINDS.length]].getAddress(), each);
  }
  if (data) {
    mtx.addOutput(Script.fromNulldata(Buffer.from(data)), 0);
  }
  if (sign) {
    mtx.sign(RINGS[kind]);
  }
  return mtx;
}

function show(mtx, kind, extra = {}) {
  const tx = mtx.toTX();
  const fee = mtx.getFee(mtx.view);
  const vsize = tx.getVirtualSize();
  const line = {
    ev: "tx-ready",
    kind,
    txid: tx.txid(),
    wtxid: tx.wtxid(),
    hex: tx.toRaw().toString("hex"),
    size: tx.getSize(),
    vsize,
    weight: tx.getWeight(),
    fee,
    rate: Math.floor(fee * 1000 / vsize),
    valid: mtx.verify(Script.flags.STANDARD_VERIFY_FLAGS),
    ...extra,
  };
  out(line);
  return { tx, line };
}

const nextKind = (() => {
  let i = 0;
  return () => KINDS[i++ % KINDS.length];
})();

function make(kind) {
  switch (kind) {
    case "p2pkh":
    case "p2wpkh":
    case "p2sh-p2wpkh":
      return [show(spend(take(kind), kind), kind).line];
    case "multi": { // three inputs of the three kinds, ten outputs
      const mtx = new MTX();
      let value = 0;
      for (const k of KINDS) {
        const coin = take(k);
        value += coin.value;
        mtx.addCoin(coin);
      }
      for (let i = 0; i < 10; i++) {
        mtx.addOutput(
          RINGS[KINDS[i % 3]].getAddress(),
          Math.floor((value - 5000) / 10),
        );
      }
      mtx.sign(KINDS.map((k) => RINGS[k]));
      return [show(mtx, kind).line];
    }
    case "opreturn":
      return [
        show(
          spend(take("p2wpkh"), "p2wpkh", { data: "synapse btc test" }),
          kind,
        ).line,
      ];
    case "lowfee":
      return [
        show(spend(take("p2wpkh"), "p2wpkh", { fee: 1 }), kind, {
          expect: "insufficient fee",
        }).line,
      ];
    case "badsig": {
      const mtx = spend(take("p2pkh"), "p2pkh");
      mtx.outputs[0].value -= 1000; // the signature no longer covers the outputs
      mtx.refresh();
      return [
        show(mtx, kind, { expect: "mandatory-script-verify-flag-failed" }).line,
      ];
    }
    case "missing": { // spends a coin that does not exist: an orphan for ever
      const coin = take("p2wpkh");
      const fake = Coin.fromOptions({
        version: 1,
        height: coin.height,
        value: coin.value,
        script: coin.script,
        coinbase: false,
        hash: crypto.randomBytes(32).toString("hex"),
        index: 0,
      });
      return [show(spend(fake, "p2wpkh"), kind, { expect: "orphan" }).line];
    }
    case "chain": { // parent and child: send the child first to see an orphan resolved
      const parent = show(spend(take("p2wpkh"), "p2wpkh"), "parent");
      const coin = Coin.fromTX(parent.tx, 0, -1);
      const child = show(spend(coin, "p2pkh"), "child", {
        parent: parent.line.txid,
      });
      return [parent.line, child.line];
    }
    case "doublespend": {
      const coin = take("p2wpkh");
      const a = show(spend(coin, "p2wpkh", { fee: 2000 }), "doublespend-a");
      const b = show(
        spend(coin, "p2wpkh", { fee: 2100, outputs: 2 }),
        "doublespend-b",
        { expect: "conflict" },
      );
      return [a.line, b.line];
    }
    case "any":
      return make(nextKind());
    default:
      throw new Error(`no kind ${kind}`);
  }
}

async function command(line) {
  let msg;
  try {
    msg = JSON.parse(line);
  } catch {
    return out({ ev: "error", message: `not JSON: ${line.slice(0, 100)}` });
  }
  const reply = (fields) => out({ ev: "reply", id: msg.id, cmd: msg.cmd, ...fields });
  try {
    switch (msg.cmd) {
      case "make": {
        const made = [];
        for (let i = 0; i < (msg.n || 1); i++) {
          made.push(...make(msg.kind || "any"));
        }
        return reply({ txids: made.map((x) => x.txid) });
      }
      case "mine":
        await mine(msg.n || 1);
        return reply({ height: nodes[0].chain.height });
      case "mempool":
        return reply({
          nodes: nodes.map((n) => [...n.mempool.map.values()].map((e) => e.tx.txid())),
        });
      case "send": {
        const tx = TX.fromRaw(msg.hex, "hex");
        await nodes[0].mempool.addTX(tx);
        return reply({ txid: tx.txid() });
      }
      case "peers":
        return reply({
          nodes: nodes.map((n) =>
            [...peersOf(n)].map((p) => ({
              id: p.id,
              addr: p.hostname(),
              outbound: p.outbound,
              agent: p.agent,
              version: p.version,
              services: p.services,
            }))
          ),
        });
      case "drop":
        for (const p of [...peersOf(nodes[msg.node || 0])]) {
          if (!p.outbound) {
            p.destroy();
          }
        }
        return reply({});
      case "stop":
        reply({});
        return stop();
      default:
        return reply({ error: `no command ${msg.cmd}` });
    }
  } catch (e) {
    return reply({ error: e.message });
  }
}

let stopping = false;
async function stop() {
  if (stopping) {
    return;
  }
  stopping = true;
  setTimeout(() => process.exit(0), 3000).unref();
  for (const node of nodes.slice().reverse()) {
    await node.close().catch(() => {});
  }
  process.exit(0);
}

(async () => {
  for (let i = 0; i < NODES; i++) {
    const only = i === 0 ? [] : [`${HOST}:${P2P + (TOPOLOGY === "star" ? 0 : i - 1)}`];
    const node = new FullNode({
      network: "regtest",
      memory: true,
      workers: false,
      logConsole: false,
      logFile: false,
      listen: true,
      host: HOST,
      port: P2P + i,
      publicHost: HOST,
      publicPort: P2P + i,
      maxInbound: 200,
      httpHost: HOST,
      httpPort: HTTP + i,
      noDns: true,
      discover: false,
      maxOutbound: 1,
      only,
      seeds: [],
      bip37: BIP37,
      agent: "/regtest-node:0.1/",
      mempoolSize: 100,
    });
    nodes.push(node);
    await node.open();
    node.mempool.options.limitFreeRelay = -1; // no free transactions: a fee under 1000 sat/kvB is refused
    node.pool.options.banScore = BAN;
    watch(node, i);
  }
  const started = Date.now();
  await mine(BLOCKS);
  out({
    ev: "key",
    secret: secret.toString("hex"),
    wif: RINGS.p2pkh.toSecret("regtest"),
    addresses: Object.fromEntries(
      KINDS.map((k) => [k, RINGS[k].getAddress("string", "regtest")]),
    ),
  });
  for (let i = 0; i < NODES; i++) {
    await nodes[i].connect();
    nodes[i].startSync();
    out({
      ev: "listening",
      node: i,
      host: HOST,
      p2p: P2P + i,
      http: HTTP + i,
      network: "regtest",
      magic: "fabfb5da",
      height: nodes[i].chain.height,
      synced: nodes[i].chain.synced,
    });
    if (i > 0) {
      await sleep(50);
    }
  }
  out({
    ev: "ready",
    nodes: NODES,
    mined: BLOCKS,
    ms: Date.now() - started,
    pid: process.pid,
  });
  let rest = "";
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (chunk) => {
    rest += chunk;
    let at;
    while ((at = rest.indexOf("\n")) !== -1) {
      const line = rest.slice(0, at).trim();
      rest = rest.slice(at + 1);
      if (line) {
        void command(line);
      }
    }
  });
  // Whoever started this is gone.
  process.stdin.on("end", stop);
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
})().catch((e) => {
  out({ ev: "error", message: e.stack });
  process.exit(1);
});
