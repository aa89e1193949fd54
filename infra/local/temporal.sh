# Finds or gets the Temporal CLI, which carries the development server. Sets temporal.
TEMPORAL_CLI=1.5.1 # server 1.29.1, UI 2.42.1
# sha256 of the release archives, as published with the release
temporal_checksum() {
    case $1 in
    linux_amd64) echo ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d ;;
    linux_arm64) echo bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5 ;;
    darwin_amd64) echo bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9 ;;
    darwin_arm64) echo cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415 ;;
    esac
}
sha256_of() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1; }

find_temporal() {
    local cached=$cache/bin/temporal
    if [ -n "${MILLRACE_TEMPORAL:-}" ] && [ -x "$MILLRACE_TEMPORAL" ]; then temporal=$MILLRACE_TEMPORAL
    elif command -v temporal >/dev/null; then temporal=$(command -v temporal)
    elif [ -x "$cached" ]; then temporal=$cached
    else return 1; fi
}

download_temporal() {
    local os machine platform archive want
    os=$(uname -s | tr '[:upper:]' '[:lower:]'); machine=$(uname -m)
    case $machine in x86_64) machine=amd64 ;; aarch64 | arm64) machine=arm64 ;; esac
    platform=${os}_$machine; want=$(temporal_checksum "$platform")
    [ -n "$want" ] && command -v curl >/dev/null || return 1
    archive=$cache/temporal-$platform.tar.gz
    say "getting the Temporal CLI $TEMPORAL_CLI"
    curl -fsSL --connect-timeout 5 --max-time 300 -o "$archive" \
        "https://github.com/temporalio/cli/releases/download/v$TEMPORAL_CLI/temporal_cli_${TEMPORAL_CLI}_$platform.tar.gz" 2>/dev/null || { rm -f "$archive"; return 1; }
    if [ "$(sha256_of "$archive")" != "$want" ]; then
        say "temporal: the archive's sha256 is $(sha256_of "$archive") (expected: $want); not used"
        rm -f "$archive"; return 1
    fi
    mkdir -p "$cache/bin" && tar -xzf "$archive" -C "$cache/bin" temporal && rm -f "$archive"
}

install_temporal() {
    command -v go >/dev/null || return 1
    say "no release can be downloaded: compiling the Temporal CLI $TEMPORAL_CLI with Go (about 3 minutes, once)"
    mkdir -p "$cache/bin"
    GOBIN=$cache/bin GOFLAGS=-buildvcs=false CGO_ENABLED=0 go install "github.com/temporalio/cli/cmd/temporal@v$TEMPORAL_CLI" >"$cache/temporal-install.log" 2>&1
}

# ensure_temporal: in this order the PATH, the cache, the pinned release, go install
ensure_temporal() {
    find_temporal || { download_temporal || install_temporal; find_temporal; }
}
