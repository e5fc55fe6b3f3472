# bash completion of msgstat: what its --help lists, and what "msgstat list" does.
_msgstat() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local program=${COMP_WORDS[0]} subcommand=${COMP_WORDS[1]} words
  [[ $COMP_CWORD -gt 1 ]] || subcommand=
  case $subcommand:$previous in
    *:-o | *:--output | report:report | explain:* | compare:*)
      [[ $current == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$current"); return; }
      ;;
    *:-e | *:--event) words=$("$program" list events 2>/dev/null | awk '/^  / { print $1 }') ;;
    *:--color) words='auto always never' ;;
  esac
  if [[ -z $words ]]; then
    # shellcheck disable=SC2086 # no word when there is no subcommand
    words=$("$program" $subcommand --help 2>/dev/null | awk '
      /^Subcommands:/ { commands = 1; next }
      /^[^ ]/ { commands = 0 }
      commands && /^  [a-z]/ { print $1 }
      /^  -/ { split($1, names, /[,=]/); for (i in names) print names[i] }')
    [[ $subcommand != bench || $current == -* ]] ||
      words=$("$program" list models 2>/dev/null | awk '{ print $1 }')
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _msgstat msgstat
