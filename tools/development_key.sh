# development_key.sh - what keys_c.sh and enc_key_c.sh do about a key that a build made; they source it.
# A development key is known by its file's mark (slipway keygen --development), which goes with every copy, and by its
# public half: it may be a copy without the mark of one of build/keys/dev-*.

made_keys=${SLIPWAY_BUILD:-$(dirname "$0")/../build}/keys

# about: what `slipway getpub --json` says of the key.
is_development() { # about
    case $1 in *'"development": true'*) return 0 ;; esac
    for made in "$made_keys"/dev-*.pem; do
        [ -f "$made" ] || continue
        made_hash=$("$slipway" getpub -k "$made" --json | sed -n 's/.*"keyhash": *"\([^"]*\)".*/\1/p')
        case $1 in *"\"keyhash\": \"$made_hash\""*) return 0 ;; esac
    done
    return 1
}

refuse_in_product() { # file, how to name another
    printf 'keys: error: %s is a DEVELOPMENT KEY, and this build is for a product (KEY= or PRODUCT=1)\n' "$1" >&2
    printf '  evidence: a build made it, or the key that it is a copy of, for development\n' >&2
    printf '  next: %s\n' "$2" >&2
    exit 1
}
