" cgo-ls for ALE. Put this file into ~/.vim/ale_linters/go/ and, if you list linters:
"     let g:ale_linters = {'go': ['gopls', 'cgo_ls']}
" ALE shows the findings and applies fixes (:ALECodeAction); :ALEHover shows who owns C memory.

call ale#Set('go_cgo_ls_executable', 'cgo-ls')
call ale#Set('go_cgo_ls_settings', {})

call ale#linter#Define('go', {
\   'name': 'cgo_ls',
\   'lsp': 'stdio',
\   'executable': {buffer -> ale#Var(buffer, 'go_cgo_ls_executable')},
\   'command': '%e serve',
\   'lsp_config': {buffer -> {'cgo-ls': ale#Var(buffer, 'go_cgo_ls_settings')}},
\   'project_root': {buffer -> fnamemodify(ale#path#FindNearestFile(buffer, 'go.mod'), ':p:h')},
\})
