# Finds a JDK 25 or newer: MILLRACE_JAVA, JAVA_HOME, the PATH, then the usual folders. Sets java.
java_major() { "$1" -version 2>&1 | sed -nE '1s/.*"([0-9]+).*/\1/p'; }
find_java() {
    local candidate major
    for candidate in "${MILLRACE_JAVA:-}" "${JAVA_HOME:+$JAVA_HOME/bin/java}" "$(command -v java || true)" \
        /usr/lib/jvm/*25*/bin/java "$HOME"/.sdkman/candidates/java/25*/bin/java "$HOME"/.jdks/*25*/bin/java \
        /Library/Java/JavaVirtualMachines/*25*/Contents/Home/bin/java /opt/*25*/bin/java; do
        [ -n "$candidate" ] && [ -x "$candidate" ] || continue
        major=$(java_major "$candidate")
        if [ -n "$major" ] && [ "$major" -ge 25 ]; then java=$candidate; return 0; fi
    done
    return 1
}
