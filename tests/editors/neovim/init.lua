-- What a user's init.lua says, with the shipped configuration on the runtime path.
vim.opt.runtimepath:prepend(vim.env.CGO_LS_DOCS .. "/neovim")
vim.lsp.enable("cgo_ls")
