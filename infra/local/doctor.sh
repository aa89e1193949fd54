# Names each missing thing and the command that mends it. Exit 1 when something that is needed is missing.
doctor() {
    local missing=0
    line() { # line <ok|missing|optional> <what> <found or mend>
        printf '%-9s %-12s %s\n' "$1" "$2" "$3"
    }
    if find_java; then line ok 'JDK 25' "$java"; else
        missing=1; line missing 'JDK 25' 'install Temurin 25 (such as: apt-get install temurin-25-jdk), or set MILLRACE_JAVA'
    fi
    if command -v mvn >/dev/null; then line ok Maven "$(command -v mvn)"; else
        missing=1; line missing Maven 'apt-get install maven'
    fi
    if [ -n "${TEMPORAL_ADDRESS:-}" ]; then line ok Temporal "TEMPORAL_ADDRESS=$TEMPORAL_ADDRESS"
    elif find_temporal; then line ok Temporal "$temporal"
    elif command -v go >/dev/null || command -v curl >/dev/null; then line optional Temporal 'infra/millrace up  (gets it; without one: quickstart --embedded)'
    else line optional Temporal 'install the Temporal CLI or Go; without one: infra/millrace quickstart --embedded'; fi
    if docker info >/dev/null 2>&1; then line ok Docker "$(command -v docker)"; else
        line optional Docker 'infra/local/images/start-docker.sh  (needed by verify only)'
    fi
    local image=${MILLRACE_LOCALSTACK_IMAGE:-millrace/localstack:4.14.0}
    if docker image inspect "$image" >/dev/null 2>&1; then line ok LocalStack "$image"; else
        line optional LocalStack 'infra/local/images/image localstack  (needed by verify only)'
    fi
    if find_chromium; then line ok Chromium "$(command -v chromium)"; else
        line optional Chromium 'apt-get install chromium chromium-driver  (needed by verify only)'
    fi
    if needs_build; then line optional build 'infra/millrace builds by itself on the next command'; else line ok build "$root/infra/target"; fi
    local free; free=$(df -Pk "$HOME" | awk 'NR==2 {print int($4 / 1048576)}')
    if [ "$free" -ge 5 ]; then line ok disk "$free GiB free"; else missing=1; line missing disk "$free GiB free in $HOME (expected: 5 or more)"; fi
    return $missing
}
