;;; lsp_mode.el --- cgo-ls as an add-on of lsp-mode, beside gopls -*- lexical-binding: t -*-

(load (expand-file-name "testing.el" (file-name-directory load-file-name)) nil t)
(require 'lsp-mode)
(require 'lsp-diagnostics)
(require 'lsp-go)
(load (expand-file-name "emacs/cgo-ls-lsp-mode.el" (getenv "CGO_LS_DOCS")) nil t)
(setq lsp-auto-guess-root t lsp-response-timeout 60 lsp-enable-snippet nil lsp-diagnostics-provider :none lsp-headerline-breadcrumb-enable nil
      lsp-enable-file-watchers nil lsp-keep-workspace-alive nil lsp-restart 'ignore
      lsp-session-file (expand-file-name "session" (getenv "HOME")))
(add-to-list 'lsp-language-id-configuration '(go-mode . "go"))

(journey "two servers in one buffer"
  (find-file (expand-file-name "main.go" (getenv "FOLDER")))
  (lsp-workspace-folders-add default-directory)
  (lsp)
  (until "two servers"
         (lambda () (and (= 2 (length (lsp-workspaces)))
                         (cl-every (lambda (each) (eq 'initialized (lsp--workspace-status each))) (lsp-workspaces))))
         60)
  (cl-assert (equal '(cgo-ls gopls) (sort (mapcar (lambda (each) (lsp--client-server-id (lsp--workspace-client each))) (lsp-workspaces)) #'string<))))

(journey "our findings, each once"
  (let (found)
    (until "findings"
           (lambda () (setq found (cl-remove-if-not (lambda (each) (equal "cgo-ls" (lsp:diagnostic-source? each)))
                                                    (gethash (buffer-file-name) (lsp-diagnostics))))))
    (let ((texts (mapcar #'lsp:diagnostic-message found)))
      (cl-assert (= (length texts) (length (delete-dups (copy-sequence texts))))))))

(journey "a fix among the code actions"
  (goto-char (point-min))
  (search-forward "C.CStr")
  (let ((titles (mapcar #'lsp:code-action-title (lsp-code-actions-at-point))))
    (cl-assert (cl-some (lambda (title) (string-prefix-p "Free cPath" title)) titles) nil "%S" titles)))

(end-journeys)
