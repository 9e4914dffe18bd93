;;; eglot.el --- the six journeys with eglot -*- lexical-binding: t -*-

(load (expand-file-name "testing.el" (file-name-directory load-file-name)) nil t)
(load (expand-file-name "emacs/cgo-ls-eglot.el" (getenv "CGO_LS_DOCS")) nil t)
(setq eglot-sync-connect t eglot-autoshutdown nil eglot-confirm-server-initiated-edits nil)

(defun open-file (name)
  "Visit it; --batch has no idle timers and no redisplay, which is when eglot connects."
  (find-file (expand-file-name name (getenv "FOLDER")))
  (unless (eglot-managed-p)
    (if (eglot-current-server) (eglot--maybe-activate-editing-mode) (apply #'eglot (eglot--guess-contact))))
  (until "a server" #'eglot-current-server))

(defun leaks ()
  (flymake-start)
  (sort (cl-remove-if-not (lambda (each) (string-match-p "C.CString" (flymake-diagnostic-text each))) (flymake-diagnostics))
        (lambda (one other) (< (flymake-diagnostic-beg one) (flymake-diagnostic-beg other)))))

(defun shows (count)
  (eglot--signal-textDocument/didChange)
  (until (format "%d leaks, not %d: %S" count (length (leaks)) (mapcar #'flymake-diagnostic-text (flymake-diagnostics)))
         (lambda () (= count (length (leaks))))))

(defun replace-all (text) (erase-buffer) (insert text) (eglot--signal-textDocument/didChange))

(defun actions (kind)
  (append (jsonrpc-request
           (eglot--current-server-or-lose) :textDocument/codeAction
           (list :textDocument (eglot--TextDocumentIdentifier)
                 :range (list :start (eglot--pos-to-lsp-position) :end (eglot--pos-to-lsp-position))
                 :context (list :diagnostics [] :only (vector kind))))
          nil))

(defun apply-action (action)
  (let ((edit (or (plist-get action :edit)
                  (plist-get (jsonrpc-request (eglot--current-server-or-lose) :codeAction/resolve action) :edit))))
    (eglot--apply-workspace-edit edit)))

(journey "open, see, fix"
  (open-file "main.go")
  (shows 2)
  (goto-char (flymake-diagnostic-beg (car (leaks))))
  (let ((hover (jsonrpc-request (eglot--current-server-or-lose) :textDocument/hover (eglot--TextDocumentPositionParams))))
    (cl-assert (string-match-p "You own the result" (plist-get (plist-get hover :contents) :value))))
  (let ((offered (actions "quickfix")))
    (cl-assert (string-prefix-p "Free" (plist-get (car offered) :title)))
    (apply-action (car offered)))
  (shows 1)
  (apply-action (car (actions "source.fixAll")))
  (shows 0)
  (save-buffer))

(journey "type fast"
  (open-file (write-file-text "typed/a.go" (concat head (clean "length") rest-of-file)))
  (shows 0)
  (goto-char (point-min))
  (search-forward "\tdefer")
  (delete-region (line-beginning-position) (line-beginning-position 2))
  (dolist (letter (string-to-list "\t// typing fast \U0001F600\n")) (insert letter) (eglot--signal-textDocument/didChange))
  (shows 1)
  (replace-all (concat head (clean "length") rest-of-file))
  (shows 0))

(journey "broken code"
  (open-file (write-file-text "broken/a.go" (concat head (leak "first") "func broken() {\n\tif true {\n}\n\n" (leak "last") rest-of-file)))
  (shows 2))

(journey "a header changes on disk"
  (let ((header (lambda (body)
                  (write-file-text "header/own.h" (format "#include <stdlib.h>\nstatic inline void take(char *p) { %s }\n" body)))))
    (funcall header "(void)p;")
    (open-file (write-file-text "header/a.go" "package p\n\n// #include \"own.h\"\nimport \"C\"\n\nfunc give(s string) {\n\tp := C.CString(s)\n\tC.take(p)\n}\n"))
    (shows 1)
    (let ((file (funcall header "free(p);")))
      (jsonrpc-notify (eglot--current-server-or-lose) :workspace/didChangeWatchedFiles
                      (list :changes (vector (list :uri (eglot--path-to-uri file) :type 2)))))
    (shows 0)))

(journey "configuration changes"
  (find-file (expand-file-name "broken/a.go" (getenv "FOLDER")))
  (shows 2)
  (setq-default eglot-workspace-configuration '(:cgo-ls (:rules (:leaked-c-memory "off"))))
  (eglot-signal-didChangeConfiguration (eglot-current-server))
  (shows 0)
  (setq-default eglot-workspace-configuration '(:cgo-ls (:inlayHints (:ownership :json-false))))
  (eglot-signal-didChangeConfiguration (eglot-current-server))
  (shows 2))

(journey "shutdown in mid-analysis"
  (open-file (write-file-text "large/a.go" (concat head (mapconcat (lambda (n) (leak (format "f%d" n))) (number-sequence 1 3000) "") rest-of-file)))
  (let* ((server (eglot-current-server)) (process (jsonrpc--process server)))
    (eglot-shutdown server nil 15)
    (until "the process has ended" (lambda () (not (process-live-p process))) 15)))

(end-journeys)
