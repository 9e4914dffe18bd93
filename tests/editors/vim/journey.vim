" Open, see, fix with Vim and ALE; the report is written into result.txt.
let s:lines = []
let s:failed = 0

func! s:Check(name, holds, detail)
  call add(s:lines, (a:holds ? 'ok   ' : 'FAIL ') . a:name . (a:holds ? '' : ': ' . string(a:detail)))
  let s:failed += !a:holds
endfunc

func! s:Until(question)
  for attempt in range(600)
    if a:question() | return 1 | endif
    sleep 100m
  endfor
  return 0
endfunc

func! s:Leaks()
  let found = get(get(g:ale_buffer_info, bufnr(''), {}), 'loclist', [])
  return filter(copy(found), {_, each -> get(each, 'code', '') ==# 'leaked-c-memory'})
endfunc

func! s:Run(timer)
  ALELint
  call s:Check('open: two leaks are shown', s:Until({-> len(s:Leaks()) == 2}), s:Leaks())
  let first = get(s:Leaks(), 0, {'lnum': 1, 'col': 1, 'text': ''})
  call s:Check('see: what and where', first.text =~# 'not freed on every path' && first.lnum == 24, first)
  call cursor(first.lnum, first.col)
  ALECodeAction
  call s:Check('fix: the first action frees it', s:Until({-> getline(26) =~# 'C.free(unsafe.Pointer(cPath))'}), getline(20, 30))
  silent! write
  call s:Check('the leak is gone', s:Until({-> len(s:Leaks()) == 1}), s:Leaks())
  let total = len(s:lines)
  call writefile(s:lines + [printf('%d passed, %d failed', total - s:failed, s:failed)], 'result.txt')
  exe s:failed ? 'cquit!' : 'qall!'
endfunc

" The menu of code actions is an input(): take the first entry.
runtime autoload/ale/util.vim
func! ale#util#Input(message, value, ...) abort
  return '1'
endfunc

call timer_start(300, function('s:Run'))
