# Sourced by the scripts that build. Expects: root (the repository).

# Sets sdk to a dotnet command whose SDK satisfies global.json, and the environment for a quiet build without surprises.
# Where there is none: one line that says so, in the name of $1, and failure.
find_sdk() {
    # Nothing of the tools' own greetings, telemetry, certificates and servers that stay behind.
    export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false \
        DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
    # The SDK and its package manager insist on a home folder; a service or a container may have none.
    [[ -w ${HOME:-} ]] || export HOME=$root/artifacts/home
    mkdir -p "$HOME"

    local candidate found=
    for candidate in "$(command -v dotnet)" "${DOTNET_ROOT:-}/dotnet" "$HOME/.dotnet/dotnet" /usr/share/dotnet/dotnet \
        /usr/lib/dotnet/dotnet /usr/lib64/dotnet/dotnet /usr/local/share/dotnet/dotnet; do
        [[ -x $candidate ]] || continue
        found=${found:-$candidate}
        if [[ $(cd "$root" && "$candidate" --version 2>/dev/null </dev/null) == 10.* ]]; then
            sdk=$candidate
            return
        fi
    done
    local problem="no dotnet command was found"
    [[ -z $found ]] || problem="$found has none"
    echo "$1: the .NET SDK 10.0 is needed to build, and $problem (https://dotnet.microsoft.com/download/dotnet/10.0)" >&2
    return 1
}
