-- The six journeys in Neovim, headless: nvim --headless -u init.lua -c 'luafile journeys.lua'
local passed, failed = 0, 0
local HEAD = 'package p\n\n// #include <stdlib.h>\n// #include <string.h>\nimport "C"\nimport "unsafe"\n\n'
local LEAK = "func %s(s string) int {\n\tp := C.CString(s)\n\treturn int(C.strlen(p))\n}\n\n"
local REST = "func release(p *C.char) {\n\tC.free(unsafe.Pointer(p))\n}\n"
local RULE = "leaked-c-memory"

local function say(text) io.stdout:write(text .. "\n") io.stdout:flush() end
local function write(path, text)
  vim.fn.mkdir(vim.fs.dirname(path), "p")
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end
local function until_(what, limit, condition)
  if not vim.wait(limit, condition, 20) then
    local shown = vim.tbl_map(function(each) return each.code end, vim.diagnostic.get(0))
    error("not within " .. limit .. " ms: " .. what .. "; shown: " .. table.concat(shown, ","))
  end
end
local function count() return #vim.tbl_filter(function(each) return each.code == RULE end, vim.diagnostic.get(0)) end
local function shows(number) until_(number .. " problems", 60000, function() return count() == number end) end
local function text() return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n") .. "\n" end
local function edit(path) vim.cmd.edit(path) end
local function client() return vim.lsp.get_clients({ name = "cgo_ls" })[1] end
local function hover()
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  local line = vim.api.nvim_get_current_line()
  local place = { line = row - 1, character = vim.str_utfindex(line, client().offset_encoding, column) }
  local answer = client():request_sync("textDocument/hover", { textDocument = { uri = vim.uri_from_bufnr(0) }, position = place }, 60000, 0)
  return answer and answer.result and answer.result.contents.value or ""
end

local function journey(name, run)
  local ok, message = xpcall(run, debug.traceback)
  if ok then passed = passed + 1 say("ok   " .. name) else failed = failed + 1 say("FAIL " .. name .. ": " .. message) end
end

journey("open, see, fix", function()
  edit("main.go")
  until_("two leaks", 60000, function() return count() == 2 end)
  local first = vim.diagnostic.get(0)[1]
  vim.api.nvim_win_set_cursor(0, { first.lnum + 1, first.col })
  assert(hover():match("You own the result"), hover())
  local titles
  vim.ui.select = function(items, _, choose)
    titles = vim.tbl_map(function(each) return each.action.title end, items)
    choose(items[1], 1)
  end
  vim.lsp.buf.code_action()
  shows(1)
  assert(titles[1]:match("^Free"), vim.inspect(titles))
  assert(table.concat(titles, "\n"):match("Suppress leaked%-c%-memory here"), vim.inspect(titles))
  vim.lsp.buf.code_action({ context = { only = { "source.fixAll" }, diagnostics = {} }, apply = true })
  shows(0)
  vim.cmd("silent write")
end)

journey("type fast", function()
  write("typed/a.go", HEAD .. LEAK:format("length"):gsub("\treturn", "\tdefer C.free(unsafe.Pointer(p))\n\treturn") .. REST)
  edit("typed/a.go")
  shows(0)
  vim.fn.search("defer")
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes("ddO// typing fast \u{1f600}<Esc>", true, false, true), "xt", false)
  shows(1)
  vim.cmd("silent undo 0")
  shows(0)
  vim.cmd("bwipeout!")
end)

journey("broken code", function()
  write("broken/a.go", HEAD .. LEAK:format("first") .. "func broken() {\n\tif true {\n}\n\n" .. LEAK:format("last") .. REST)
  edit("broken/a.go")
  shows(2)
  vim.cmd("bwipeout!")
end)

journey("a header changes on disk", function()
  local function header(body) write("header/own.h", "#include <stdlib.h>\nstatic inline void take(char *p) { " .. body .. " }\n") end
  header("(void)p;")
  write("header/a.go", 'package p\n\n// #include "own.h"\nimport "C"\n\nfunc give(s string) {\n\tp := C.CString(s)\n\tC.take(p)\n}\n')
  edit("header/a.go")
  shows(1)
  vim.cmd("split header/own.h")
  vim.api.nvim_buf_set_lines(0, 1, 2, false, { "static inline void take(char *p) { free(p); }" })
  vim.cmd("silent write")
  vim.cmd("wincmd w")
  shows(0)
  vim.cmd("only")
end)

journey("configuration changes", function()
  edit("broken/a.go")
  shows(2)
  local settings = { ["cgo-ls"] = { rules = { [RULE] = "off" } } }
  client().settings = settings
  client():notify("workspace/didChangeConfiguration", { settings = settings })
  shows(0)
  client().settings = { ["cgo-ls"] = { rules = vim.empty_dict() } }
  client():notify("workspace/didChangeConfiguration", { settings = client().settings })
  shows(2)
end)

journey("a folder with no cgo has no server", function()
  write("plain/a.go", "package plain\n\nfunc F() {}\n")
  edit("plain/a.go")
  vim.wait(500)
  assert(#vim.lsp.get_clients({ bufnr = 0 }) == 0)
end)

journey("shutdown in mid-analysis", function()
  local functions = {}
  for number = 1, 3000 do functions[number] = LEAK:format("f" .. number) end
  write("large/a.go", HEAD .. table.concat(functions) .. REST)
  edit("large/a.go")
  local running = client()
  until_("attached", 60000, function() return vim.lsp.buf_is_attached(0, running.id) end)
  running:stop()
  until_("the server has stopped", 15000, function() return running:is_stopped() end)
end)

say(("%d passed, %d failed"):format(passed, failed))
vim.cmd(failed > 0 and "cquit! 1" or "qall!")
