import { type Offer, offers } from './model.ts'

/** The completion script of bash. Also reads `amlet ml …`. */
export function bashScript(): string {
  const all = offers()
  return `# Completion of amlet for bash: eval "$(amlet completion bash)"
_amlet_offer() {
  case "$1" in
${all.map(wordsCase).join('\n')}
  esac
}
_amlet_value() {
  case "$1" in
${all
  .filter(({ values }) => values.length > 0)
  .map(valueCase)
  .join('\n')}
  esac
}
_amlet() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" words="" asset="" i word
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in
      -n|--name) asset="\${COMP_WORDS[i+1]}" ;;
    esac
  done
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in -*) break ;; esac
    [ "$word" = ml ] && [ "$i" = 1 ] && continue
    words="\${words:+$words }$word"
  done
  local value
  value="$(_amlet_value "$words" "$prev")"
  case "$value" in
    file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    ask:version) value="$(amlet __complete "\${words%% *}" "$asset" 2>/dev/null)" ;;
    ask:*) value="$(amlet __complete "\${value#ask:}" 2>/dev/null)" ;;
  esac
  if [ -n "$value" ]; then
    COMPREPLY=($(compgen -W "$value" -- "$cur"))
    return
  fi
  COMPREPLY=($(compgen -W "$(_amlet_offer "$words")" -- "$cur"))
}
complete -o default -F _amlet amlet
`
}

function wordsCase({ words, next, options }: Offer): string {
  return `    ${quote(words)}) echo ${quote([...next, ...options].join(' '))} ;;`
}

function valueCase({ words, values }: Offer): string {
  const cases = values.map(({ spellings, choices, asks }) => {
    const answer = asks === undefined ? choices.join(' ') : asks === 'file' ? 'file' : `ask:${asks}`
    return `${spellings.join('|')}) echo ${quote(answer)} ;;`
  })
  return `    ${quote(words)}) case "$2" in ${cases.join(' ')} esac ;;`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
