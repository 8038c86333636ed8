# What the checks of this folder share: the files of the tree, and the reporting of lines. Sourced with the tree's
# root as the working directory.
# shellcheck shell=bash

# All files that belong to the tree, without what is built; further arguments go to find.
# shellcheck disable=SC2120 # none are given where all files are meant
tree_files() {
	find . \( -path ./.git -o -path ./build -o -path ./results -o -path ./tmp_check -o -name __pycache__ \) -prune \
		-o -type f "$@" -print | sed 's|^\./||' | sort
}

# Files whose first line names an interpreter, e.g. scripts_of bash.
scripts_of() {
	# shellcheck disable=SC2119
	tree_files | while IFS= read -r file; do
		IFS= read -r first < "$file" 2> /dev/null || continue
		case $first in
			'#!'*"$1"*) printf '%s\n' "$file" ;;
		esac
	done
}

# Prints what was found on standard input under a heading, and fails, if there was anything.
report() {
	local found
	found=$(cat)
	[ -z "$found" ] || { printf '%s\n%s\n' "$1" "$found"; return 1; }
}

# grep over a list of files from standard input. That nothing is found is no failure (xargs makes 123 of grep's 1).
search() {
	local status=0
	xargs -r -d '\n' grep -HnE "$@" || status=$?
	[ $status -le 1 ] || [ $status -eq 123 ]
}

# The first line of a file that is not its #! line.
first_line() {
	awk 'NR == 1 && /^#!/ { next } { print; exit }' "$1"
}
