/**
 * `synapse serve`: what `--help` says below the flags.
 *
 * @module
 */

/** By topic. */
export const SERVE_HELP: string = `
Modules:
  Each exported function is published under its name, a generator as a stream.
  A property .description set on it is shown to callers. A default export is
  called with the node: (node) => void. What runs in the background:

    export const background = {
      report: { every: "5s", run() {} },
      backup: { cron: "0 3 * * *", run() {} },
    };

Programs:
  --exec publishes a program. The arguments of a call are appended to its own,
  never through a shell; those that aren't strings as JSON. What it prints is
  the result, as JSON where it parses; an exit code other than 0 is an error.
  An argument that begins with - and isn't a number is refused, unless the
  command ends with --. No run takes longer than 30s or prints more than
  16 MiB, and 16 run at once. A cancelled call ends its program.

Files:
  --receive takes what others send with synapse send, once its SHA-256 is right,
  into that folder and no other. A file that is there stays, unless --overwrite
  says otherwise. What isn't whole yet is called .*.part, for a week.

Others:
  With a namespace, others in it find the node by its name, and it finds them:
  on this machine where it listens on 127.0.0.1, else on all its networks.
  --peers keeps whom it has found, and whose key belongs to which name, in a
  file over restarts. Each start makes a new key, unless --identity names a file
  that synapse key new has made. Two nodes that use one file are one to others.

Who may call:
  Anybody who can reach the address, until there is an --allow. Then each call
  has to be signed by a key that a rule lets call the function: synapse key show
  prints a key, and synapse call --identity FILE signs with one. In a pattern, *
  stands for any characters; for the key, for everybody.

Protocols:
  One port answers them all: Synapse's own, MessagePack-RPC; synapse 1 and 2
  (synapse) and its first version (synapse-v0); python-p2p-network; HTTP and
  WebSocket; with --pnet, pnet. A connection says by its first bytes what it is;
  --dialect leaves some out.

HTTP:
  http://HOST:PORT shows the node, and calls its functions where the address is
  this machine's own or --page-calls is given. POST /rpc takes JSON-RPC 2.0,
  WebSockets there take what browsers' nodes say; /metrics is for Prometheus.

Clusters:
  Nodes that --join each other, in a chain, a fork or a ring, can each be called
  for what any of them publishes. A node's own function comes before others' of
  the same name; of those, the one is called that has least to do. With
  synapse://host:port, --join joins the swarm that this node of synapse 2 is in.

pnet:
  --pnet lets nodes of the Python package pnet find this one, by --name in the
  network --namespace, and call its functions on the same port. Its cryptography
  is weak: adverts prove nothing, and nobody signs messages.

Bitcoin:
  --btc publishes btc.broadcast(rawtx), btc.peers() and btc.decode(rawtx), and
  stays connected to that network: main, testnet4, regtest and so on, as synapse
  btc --help has them. A call of btc.broadcast reports where the transaction was
  seen, after 25s at most.

Examples:
  $ synapse serve calculator.ts --namespace demo
  $ synapse serve calculator.ts --namespace demo --name alice --host 0.0.0.0
  $ synapse serve --echo --port 0 --json
  $ synapse serve --exec 'disk=df -h --' --exec 'today=date +%F'
  $ synapse serve calculator.ts --listen unix:///tmp/calculator.sock
  $ synapse serve --receive ~/Downloads
  $ synapse serve --btc testnet4 --namespace cryptocurrencies.bitcoin
  $ synapse serve wallet.ts --allow '*=balance' --allow "$KEY=pay.*"

Ctrl-C stops it when the calls under way are answered; a second one, at once.
Whoever can reach the address may call the functions.
`;
