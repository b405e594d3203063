/**
 * The script for bash. tab has one, too, but it needs the package bash-completion, and passes the
 * line through `eval`: Tab would run a `$(command)` that is only being written.
 *
 * @module
 */

/**
 * Asks `synapse complete` with the words as they stand; offers files where there is nothing to
 * offer.
 */
export const BASH_SCRIPT: string = `# bash completion for synapse
_synapse() {
  local word
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    [[ $word == :* ]] || COMPREPLY+=("$word")
  done < <(synapse complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _synapse synapse
`;
