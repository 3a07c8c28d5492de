import ssh2 from 'ssh2'

/** A key pair in the form of OpenSSH. Now and then ssh2 writes a private key that it cannot read itself; that one is made anew. */
export function newKeyPair(): { private: string; public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519')
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair
  }
}
