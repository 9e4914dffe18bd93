-- Neovim 0.11 or newer. Put this file into ~/.config/nvim/lsp/ and write into init.lua:
--     vim.lsp.enable("cgo_ls")
---@type vim.lsp.Config
return {
  cmd = { "cgo-ls", "serve" },
  filetypes = { "go", "c", "cpp" },
  -- Only where Go and C meet: a folder with no cgo needs no server.
  root_dir = function(buffer, on_dir)
    local file = vim.api.nvim_buf_get_name(buffer)
    for _, path in ipairs(vim.fn.glob(vim.fs.dirname(file) .. "/*.go", false, true)) do
      for line in io.lines(path) do
        if line:match('^%s*import%s*%(?%s*"C"') or line:match('^%s*"C"%s*$') then
          on_dir(vim.fs.root(buffer, { "go.work", "go.mod", ".git" }) or vim.fs.dirname(file))
          return
        end
      end
    end
  end,
  init_options = {
    -- Trusted folders may be looked at with the C compiler; leave it out where you read strangers' code.
    -- workspaceTrusted = true,
  },
  settings = {
    ["cgo-ls"] = {
      -- rules = { ["leaked-c-memory"] = "error" },
      inlayHints = { ownership = false },
      codeLens = { symbols = false },
    },
  },
}
