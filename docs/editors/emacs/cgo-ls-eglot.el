;;; cgo-ls-eglot.el --- cgo-ls by eglot -*- lexical-binding: t -*-

;; Eglot runs one server in a buffer.  To have gopls as well, let rassumfrassum (PyPI) speak for both:
;;
;;     (setq cgo-ls-eglot-command '("rass" "--" "gopls" "--" "cgo-ls" "serve"))
;;
;; or use lsp-mode (cgo-ls-lsp-mode.el), which runs several by itself.

(require 'eglot)

(defvar cgo-ls-eglot-command '("cgo-ls" "serve")
  "The program that eglot starts for Go files, with its arguments.")

(add-to-list 'eglot-server-programs (cons '(go-mode go-ts-mode) cgo-ls-eglot-command))

(defun cgo-ls-imports-c-p ()
  "Whether the buffer imports \"C\"."
  (save-excursion
    (goto-char (point-min))
    (re-search-forward "^[ \t]*\\(?:import[ \t]*(?[ \t]*\\)?\"C\"" nil t)))

(defun cgo-ls-eglot-ensure ()
  "Start the server in buffers where Go and C meet."
  (when (cgo-ls-imports-c-p) (eglot-ensure)))

(add-hook 'go-mode-hook #'cgo-ls-eglot-ensure)
(add-hook 'go-ts-mode-hook #'cgo-ls-eglot-ensure)

;; Settings, as a project's .dir-locals.el or your init file may set them:
;; (setq-default eglot-workspace-configuration '(:cgo-ls (:rules (:leaked-c-memory "error") :inlayHints (:ownership t))))

(provide 'cgo-ls-eglot)
;;; cgo-ls-eglot.el ends here
