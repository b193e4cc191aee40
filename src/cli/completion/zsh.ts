import { bashScript } from './bash.ts'

/** The completion script of zsh, which runs that of bash. */
export function zshScript(): string {
  return `# Completion of amlet for zsh: eval "$(amlet completion zsh)"
autoload -U +X compinit && compinit -u
autoload -U +X bashcompinit && bashcompinit
${bashScript()}`
}
