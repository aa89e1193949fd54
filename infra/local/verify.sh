# Everything that must hold: formatter, compiler checks, unit, workflow, replay, contract and integration tests.
verify() {
    if [ "${1:-}" = --kubernetes ]; then shift; verify_kubernetes "$@"; return; fi
    command -v mvn >/dev/null || { say 'mvn: not found (expected: Maven 3.8 or newer on the PATH)'; return 1; }
    find_java || { say 'JDK 25: not found; infra/millrace doctor says how to get one'; return 1; }
    say 'verify: Temporal server'
    ensure_temporal || { say 'verify: no Temporal server can be had (expected: on the PATH, downloadable, or Go); integration tests need one'; return 1; }
    say 'verify: Chromium'
    ensure_chromium || return 1
    say 'verify: LocalStack image'
    local image; image=$("$root/infra/local/images/image" localstack) || return 1
    say 'verify: MiniStack image'
    local ministack; ministack=$("$root/infra/local/images/image" ministack) || return 1
    say 'verify: Debian image'
    "$root/infra/local/images/build-images.sh" debian >&2 || return 1
    say 'verify: images of Lambda and HAProxy'
    "$root/infra/local/images/build-images.sh" lambda-java >&2 || return 1
    "$root/infra/local/images/build-images.sh" haproxy >&2 || return 1
    say "verify: mvn verify ($image)"
    (cd "$root" && MILLRACE_LOCALSTACK_IMAGE=$image MILLRACE_MINISTACK_IMAGE=$ministack MILLRACE_TEMPORAL=$temporal mvn -B -Dstyle.color=never verify "$@")
}

# The kubernetes target on a real node, which is compiled once (10 minutes) and kept in the cache.
verify_kubernetes() {
    local node=$root/infra/local/kubernetes/kubernetes.sh
    if ! command -v go >/dev/null; then
        say 'verify --kubernetes: SKIPPED, nothing was tested: go: not found (expected: Go 1.24 or newer, which compiles the node)'
        return 0
    fi
    [ "$(id -u)" = 0 ] || { say 'verify --kubernetes: needs root (expected: to run a containerd of its own)'; return 1; }
    find_java || { say 'JDK 25: not found; infra/millrace doctor says how to get one'; return 1; }
    "$root/infra/local/images/build-images.sh" java >&2 || return 1
    say 'verify --kubernetes: node'
    local kubeconfig; kubeconfig=$("$node" up | tail -1) && "$node" gateway >&2 || return 1
    local result=0
    (cd "$root" && KUBECONFIG=$kubeconfig MILLRACE_KUBERNETES=$kubeconfig mvn -B -Dstyle.color=never verify -Dquick -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false \
        -Dit.test='Kubernetes*IT' -Dfailsafe.failIfNoSpecifiedTests=false "$@") || result=$?
    "$node" down >&2 || true
    return $result
}

# The browser of the Temporal UI's test, and its driver of the same version.
find_chromium() { command -v chromium >/dev/null && command -v chromedriver >/dev/null; }
ensure_chromium() {
    find_chromium && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say 'verify: apt-get install chromium chromium-driver'
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium chromium-driver >&2 ||
            { apt-get update -q >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium chromium-driver >&2; } || true
    fi
    find_chromium || { say 'chromium, chromedriver: not found (expected: both on the PATH, such as by: apt-get install chromium chromium-driver)'; return 1; }
}
