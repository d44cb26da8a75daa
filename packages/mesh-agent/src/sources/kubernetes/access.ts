/** How to reach and what to show to a Kubernetes API; read anew for each request, because tokens and CAs rotate. */
export interface ApiCredentials {
  /** PEM; undefined: the system's own list. */
  readonly ca?: string;
  readonly token?: string;
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
}

export interface ApiAccess {
  /** "https://10.96.0.1:443" */
  readonly server: URL;
  /** The host that the server's certificate must name; left out: that of `server`. */
  readonly identity?: string;
  readonly defaultNamespace?: string;
  credentials(): Promise<ApiCredentials>;
}
