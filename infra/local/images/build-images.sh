#!/bin/bash
# Builds the container images for tests and local runs from packages only (Debian, PyPI, Maven Central, the machine's
# JDK and Go). Nothing is pulled from a container registry. Run as root; a step whose image exists is skipped (of the
# emulators: exists, and is made of the same files).
#
#   ./build-images.sh [debian|java|haproxy|lambda-java|localstack|ministack|all]      default: all, about 3 minutes once
#
# PREFIX  image name prefix (millrace)           CACHE  downloads and build contexts (~/.cache/millrace/images)
# JDK     the JDK 25 that jlink takes         FORCE=1  rebuild
set -euo pipefail

HERE=$(cd "$(dirname "$0")" && pwd)
PREFIX=${PREFIX:-millrace}
CACHE=${CACHE:-${MILLRACE_CACHE:-$HOME/.cache/millrace}/images}
JDK=${JDK:-$(ls -d /usr/lib/jvm/temurin-25-* 2>/dev/null | head -1)}
FORCE=${FORCE:-}
LOCALSTACK=4.14.0 # the last release that needs no account
MINISTACK=1.5.33  # ECS, ECR and load balancers, which LocalStack's free edition lacks
SAM_CLI=1.170.0   # its wheel carries the AWS Lambda Runtime Interface Emulator
SAM_CLI_SHA256=24ebaf5ecba38dc1758089968cb89ab61e124b84e92a344fc7a2771a47f4d0bf
PLATFORM='--python-version 3.13 --python-platform x86_64-manylinux_2_40' # of the images, not of the host
export DOCKER_BUILDKIT=0
mkdir -p "$CACHE"

say() { printf '[%s] %s\n' "$(date +%T)" "$*"; }
# an image is there; with a digest of what it is made of: made of the same
have() { # have <image> [digest]
    [ -z "$FORCE" ] || return 1
    docker image inspect "$1" >/dev/null 2>&1 || return 1
    [ -z "${2:-}" ] || [ "$(docker image inspect -f '{{range $k, $v := .Config.Labels}}{{if eq $k "io.millrace.made"}}{{$v}}{{end}}{{end}}' "$1")" = "$2" ]
}
made_of() { (cd "$HERE" && find "$@" -type f ! -name '*.pyc' | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-16); }
context() { rm -rf "$CACHE/context-$1"; mkdir -p "$CACHE/context-$1"; echo "$CACHE/context-$1"; }
build() { # build <image> <context> [digest]
    docker build -q --build-arg PREFIX="$PREFIX" --label io.millrace.made="${3:-}" -t "$1" "$2" >"$2.log" 2>&1 || { cat "$2.log" >&2; exit 1; }
    rm -rf "$2"
    say "$1"
}
apt() { apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }

# Debian 13 without documentation and package lists. It has Python 3.13, which LocalStack needs (3.12 or newer).
image_debian() {
    have "$PREFIX/debian:trixie" && return
    command -v debootstrap >/dev/null || apt debootstrap
    if [ ! -e "$CACHE/trixie.tar" ]; then
        say 'debootstrap trixie'
        rm -rf "$CACHE/rootfs"
        debootstrap --variant=minbase trixie "$CACHE/rootfs" >"$CACHE/debootstrap.log" 2>&1
        rm -rf "$CACHE"/rootfs/var/cache/apt/* "$CACHE"/rootfs/var/lib/apt/lists/* "$CACHE"/rootfs/usr/share/{doc,man,locale,info}/*
        tar -C "$CACHE/rootfs" --numeric-owner --exclude='./dev/*' -cf "$CACHE/trixie.tar.part" .
        mv "$CACHE/trixie.tar.part" "$CACHE/trixie.tar"
        rm -rf "$CACHE/rootfs"
    fi
    docker import -c 'CMD ["bash"]' "$CACHE/trixie.tar" "$PREFIX/debian:trixie" >/dev/null
    say "$PREFIX/debian:trixie"
}

# A Java 25 runtime made by jlink: all of Java SE, no compiler. 160 MB with Debian; the Debian package makes 480 MB.
image_java() {
    have "$PREFIX/java:25" && return
    image_debian
    [ -x "$JDK/bin/jlink" ] || { echo 'no JDK 25 found; set JDK' >&2; exit 1; }
    local dir; dir=$(context java)
    "$JDK/bin/jlink" --strip-debug --no-man-pages --no-header-files --compress zip-6 --include-locales en --output "$dir/java" \
        --add-modules java.se,jdk.unsupported,jdk.crypto.ec,jdk.zipfs,jdk.management,jdk.management.agent,jdk.jcmd,jdk.jfr,jdk.naming.dns,jdk.httpserver,jdk.localedata
    cp "$HERE/java/Dockerfile" "$dir"
    build "$PREFIX/java:25" "$dir"
}

# The proxy in front of the docker target's containers; with a registry, haproxy:lts does the same.
image_haproxy() {
    have "$PREFIX/haproxy:3.0" && return
    image_debian
    local dir; dir=$(context haproxy)
    cp "$HERE/haproxy/Dockerfile" "$dir"
    build "$PREFIX/haproxy:3.0" "$dir"
}

runtime_interface_emulator() {
    [ -x "$CACHE/aws-lambda-rie" ] && return
    local wheel=$CACHE/aws_sam_cli-$SAM_CLI-py3-none-any.whl
    pip download -q --no-deps -d "$CACHE" "aws-sam-cli==$SAM_CLI"
    echo "$SAM_CLI_SHA256  $wheel" | sha256sum -c --quiet
    python3 -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read("samcli/local/rapid/aws-lambda-rie-x86_64"))' "$wheel" >"$CACHE/aws-lambda-rie"
    chmod 755 "$CACHE/aws-lambda-rie"
}

image_lambda_java() {
    image_java
    if ! have "$PREFIX/lambda-java:25"; then
        runtime_interface_emulator
        local dir; dir=$(context lambda-java)
        mvn -q -B -Dstyle.color=never -f "$HERE/lambda-java/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
            -DoutputDirectory="$dir/lib" -DincludeScope=runtime
        cp "$CACHE/aws-lambda-rie" "$HERE"/lambda-java/{Dockerfile,bootstrap,lambda-entrypoint.sh} "$dir"
        build "$PREFIX/lambda-java:25" "$dir"
    fi
    # the names under which LocalStack looks for the managed runtimes java25, java21, java17
    for v in 25 21 17; do docker tag "$PREFIX/lambda-java:25" "public.ecr.aws/lambda/java:$v"; done
}

site_packages() { # site_packages <lock file> <folder>
    command -v uv >/dev/null || pip install -q uv
    uv pip install -q --no-deps $PLATFORM --target "$2" -r "$1"
    rm -rf "$2/bin" "$2/.lock"
}

image_localstack() {
    local made; made=$(made_of localstack localstack.lock lambda-init)
    have "$PREFIX/localstack:$LOCALSTACK" "$made" && return
    image_debian
    local dir; dir=$(context localstack)
    site_packages "$HERE/localstack.lock" "$dir/site"
    cp -r "$HERE"/localstack/offline/* "$dir/site/"
    (cd "$HERE/lambda-init" && CGO_ENABLED=0 GOFLAGS=-buildvcs=false go build -trimpath -ldflags '-s -w' -o "$dir/lambda-init" .)
    cp "$HERE"/localstack/{Dockerfile,docker-entrypoint.sh} "$dir"
    build "$PREFIX/localstack:$LOCALSTACK" "$dir" "$made"
}

image_ministack() {
    local made; made=$(made_of ministack ministack.lock)
    have "$PREFIX/ministack:$MINISTACK" "$made" && return
    image_debian
    local dir; dir=$(context ministack)
    site_packages "$HERE/ministack.lock" "$dir/site"
    cp -r "$HERE"/ministack/{Dockerfile,balancer,athena} "$dir"
    build "$PREFIX/ministack:$MINISTACK" "$dir" "$made"
}

docker info >/dev/null 2>&1 || "$HERE/start-docker.sh"
case ${1:-all} in
    all) image_lambda_java; image_haproxy; image_localstack; image_ministack ;;
    debian | java | haproxy | localstack | ministack) "image_$1" ;;
    lambda-java) image_lambda_java ;;
    *) sed -n '2,9p' "$0"; exit 2 ;;
esac
