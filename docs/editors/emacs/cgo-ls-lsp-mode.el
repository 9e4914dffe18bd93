;;; cgo-ls-lsp-mode.el --- cgo-ls by lsp-mode, beside gopls -*- lexical-binding: t -*-

(require 'lsp-mode)

(defgroup cgo-ls nil "Bugs where Go meets C." :group 'lsp-mode)

(defcustom cgo-ls-command '("cgo-ls" "serve")
  "The server's program, with its arguments."
  :type '(repeat string) :group 'cgo-ls)

(lsp-register-client
 (make-lsp-client
  :new-connection (lsp-stdio-connection (lambda () cgo-ls-command))
  :activation-fn (lsp-activate-on "go")
  :add-on? t                            ; beside the main server, not in its place
  :server-id 'cgo-ls))

(provide 'cgo-ls-lsp-mode)
;;; cgo-ls-lsp-mode.el ends here
