# Sourced by ./nats-server and ./nats. Expects: root (the repository, maybe relative) and program (nats-server | nats).
#
#   artifacts/programs/<program>         the published program, one file, replaced by a rename: a running server keeps
#                                        the file that it was started from
#   artifacts/programs/<program>.stamp   written before the build, in place after it; holds the .NET root of that build
#   artifacts/programs/build/            intermediate files, apart from those of the solution's own build
#
# docs/adr/0081-root-scripts.md says why it is done this way. Only what a start must pay for stands outside functions.

programs=$root/artifacts/programs
stamp=$programs/$program.stamp

# True if nothing that the program is built from changed since the stamp. Compares change times, which cannot be set
# back by copying or unpacking older files; a deleted or renamed file shows as a change of its folder.
is_current() {
    [[ -x $programs/$program && -f $stamp ]] || return 1
    read -r dotnet_root <"$stamp" || return 1
    [[ -d $dotnet_root/host ]] || return 1
    [[ -z $(find "$root/src" "$root/eng/run-program.sh" "$root/global.json" "$root/Directory.Build.props" \
        "$root/Directory.Packages.props" -cnewer "$stamp" -print 2>&1) ]]
}

# One build at a time for the checkout. Runs the rest of the line while it holds the lock.
with_lock() {
    if command -v flock >/dev/null; then
        (flock 9 && "$@") 9>"$programs/lock"
        return
    fi
    # No flock (macOS): a symbolic link is made or refused in one step, and names its owner.
    local link=$programs/lock.owner owner
    until ln -s "$$" "$link" 2>/dev/null; do
        owner=$(readlink "$link") && ! kill -0 "$owner" 2>/dev/null && rm -f "$link"
        sleep 0.2
    done
    (trap 'rm -f "$link"' EXIT && "$@")
}

build_if_stale() {
    is_current && return       # someone else built it while this start waited for the lock
    build
}

build() {
    # This runs in with_lock's subshell: the program itself keeps the environment as it came.
    source "$root/eng/sdk.sh"
    find_sdk "$program" || return 1
    local dotnet_root log=$programs/$program.log
    dotnet_root=$("$sdk" --list-runtimes | sed -n 's|^Microsoft\.NETCore\.App 10\..*\[\(.*\).shared.Microsoft\.NETCore\.App\]$|\1|p' | tail -n 1)
    [[ -n $dotnet_root ]] || dotnet_root=$(dirname "$sdk")
    printf '%s\n' "$dotnet_root" >"$stamp.new"

    local project=$root/src/$program/$program.csproj staging=$programs/staging/$program
    # Warnings and code style are for those who change the sources (./test); here they would only stop a user.
    local options=(-nologo -v quiet -nodeReuse:false
        "-p:ArtifactsPath=$programs/build" -p:UseCurrentRuntimeIdentifier=true -p:UseSharedCompilation=false
        -p:NuGetAudit=false -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false -p:TreatWarningsAsErrors=false)
    publish_native || publish_managed || { report_failure "$log"; return 1; }
    mv -f "$staging/$program" "$programs/$program" && mv -f "$stamp.new" "$stamp" && rm -rf "$staging"
}

# Compiled to machine code in full: starts in about 10 ms. That takes a C compiler, to link, and a package that a bare
# registry mirror may lack.
publish_native() {
    command -v clang >/dev/null || command -v gcc >/dev/null || return 1
    rm -f "$log.native"
    # It has to run as well: it asks for what processors have for ten years, and this one may be older.
    publish -p:PublishAot=true && "$staging/$program" --version >>"$log" 2>&1 </dev/null && return
    mv -f "$log" "$log.native"
    say_progress "$program: no native build (${log#"$root"/}.native says why); starts will be slower"$'\n'
    return 1
}

# For the runtime, its code compiled ahead as far as that goes: starts in about 80 ms, and without the compiler's package
# in about 250 ms.
publish_managed() {
    local managed=(-p:SelfContained=false -p:PublishSingleFile=true -p:DebugType=embedded)
    publish "${managed[@]}" -p:PublishReadyToRun=true && return
    say_progress "$program: without the ahead-of-time compiler package; starts will be slower"$'\n'
    publish "${managed[@]}"
}

publish() {
    rm -rf "$staging"
    run_dotnet restore "$project" "${options[@]}" "$@" >"$log" 2>&1 &&
        run_dotnet publish "$project" --no-restore -c Release -o "$staging" "${options[@]}" "$@" >>"$log" 2>&1
}

# The build must not eat the program's standard input, and nothing of it may outlive it holding the lock.
run_dotnet() {
    (cd "$root" && exec "$sdk" "$@" </dev/null 9>&-)
}

report_failure() {
    say_progress ''
    cat "$1" >&2
    echo "$program: the build failed" >&2
}

# Shown to people only: replaces the progress line that stands on the terminal.
say_progress() {
    [[ ! -t 2 ]] || printf '\r\033[K%s' "$1" >&2
}

if ! is_current; then
    mkdir -p "$programs" || exit 1
    root=$(CDPATH='' cd -- "$root" && pwd) && programs=$root/artifacts/programs && stamp=$programs/$program.stamp
    say_progress "Building $program (first use, or its sources changed) ..."
    with_lock build_if_stale || exit 1
    say_progress ''
    read -r dotnet_root <"$stamp"
fi
# The program finds the runtime of the SDK that built it, also where that lies in an unusual place.
[[ -n ${DOTNET_ROOT:-} ]] || export DOTNET_ROOT=$dotnet_root
