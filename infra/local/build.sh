# Builds the checkout when a source is newer than the last build.
built=$root/infra/target/.built
needs_build() {
    [ ! -e "$built" ] || [ -n "$(find "$root/pom.xml" "$root"/{workflows,activities,infra}/{pom.xml,src/main} \
        "$root"/functions/*/{pom.xml,src/main} -newer "$built" -print -quit 2>/dev/null)" ]
}
ensure_build() {
    needs_build || return 0
    command -v mvn >/dev/null || { say 'mvn: not found (expected: Maven 3.8 or newer on the PATH)'; return 1; }
    say 'building (a minute or two the first time)'
    mkdir -p "$cache"
    if ! (cd "$root" && mvn -q -B -Dquick -DskipTests -Dstyle.color=never package) >"$cache/build.log" 2>&1; then
        tail -n 30 "$cache/build.log" >&2
        say "the build failed; all of it: $cache/build.log"
        return 1
    fi
    touch "$built"
}
