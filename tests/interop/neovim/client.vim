" Calls the functions of a Synapse node, as any Neovim plugin would.
" Usage: nvim --headless --clean --cmd "let address = 'HOST:PORT'" -S client.vim
let node = sockconnect('tcp', address, {'rpc': v:true})
let seen = {}
let seen.sum = rpcrequest(node, 'sum', 1, 2)
let seen.greeting = rpcrequest(node, 'greet', {'$kw': {'name': 'Åsa'}})
let seen.later = rpcrequest(node, 'later', 'soon')
let seen.list = rpcrequest(node, 'echo', [v:true, v:null, -1, 1.5, 'text', {'key': []}])
for name in ['fail', 'ticks', 'nonsense']
  try
    call rpcrequest(node, name)
  catch
    let seen[name] = v:exception
  endtry
endfor
call rpcnotify(node, 'log', 'one line', 0z00FF)
call rpcrequest(node, 'echo')
lua io.stdout:write(vim.json.encode(vim.g.seen))
quitall!
