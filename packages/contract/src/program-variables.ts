/**
 * Whether a program is run in another way by a variable of this name: what it loads, where it looks for the API server, how it trusts
 * certificates and takes memory.
 */
export function changesProgram(name: string): boolean {
  return /^(LD_|NODE_|KUBERNETES_|MESHR[RS]_|MALLOC_|GLIBC_|OPENSSL_|SSL_|PYTHON|PATH$|KUBECONFIG$|HOME$|IFS$|ENV$|BASH_|BASHOPTS$|SHELLOPTS$|(https?|no|all)_proxy$)/i.test(
    name,
  );
}
