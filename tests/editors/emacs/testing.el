;;; testing.el --- what the journeys share -*- lexical-binding: t -*-

(require 'cl-lib)
(defvar passed 0)
(defvar failed 0)
(defvar rule "leaked-c-memory")
(defvar head "package p\n\n// #include <stdlib.h>\n// #include <string.h>\nimport \"C\"\nimport \"unsafe\"\n\n")
(defvar rest-of-file "func release(p *C.char) {\n\tC.free(unsafe.Pointer(p))\n}\n")
(defun leak (name) (format "func %s(s string) int {\n\tp := C.CString(s)\n\treturn int(C.strlen(p))\n}\n\n" name))
(defun clean (name)
  (format "func %s(s string) int {\n\tp := C.CString(s)\n\tdefer C.free(unsafe.Pointer(p))\n\treturn int(C.strlen(p))\n}\n\n" name))

(setq make-backup-files nil auto-save-default nil create-lockfiles nil
      project-find-functions (list (lambda (_) (cons 'transient (getenv "FOLDER")))))
(define-derived-mode go-mode prog-mode "Go")      ; stands in for the package of that name
(add-to-list 'auto-mode-alist '("\\.go\\'" . go-mode))

(defun until (what question &optional seconds)
  (let ((end (+ (float-time) (or seconds 60))) answer)
    (while (and (not (setq answer (funcall question))) (< (float-time) end))
      (accept-process-output nil 0.05))
    (or answer (error "not in time: %s" what))))

(defun write-file-text (name text)
  (let ((file (expand-file-name name (getenv "FOLDER"))))
    (make-directory (file-name-directory file) t)
    (let ((coding-system-for-write 'utf-8)) (write-region text nil file nil 'silent))
    file))

(defmacro journey (name &rest body)
  `(condition-case problem
       (progn ,@body (cl-incf passed) (princ (format "ok   %s\n" ,name)))
     (error (cl-incf failed) (princ (format "FAIL %s: %S\n" ,name problem)))))

(defun end-journeys ()
  (princ (format "%d passed, %d failed\n" passed failed))
  (kill-emacs (if (> failed 0) 1 0)))

(provide 'testing)
;;; testing.el ends here
