/**
 * A server on 127.0.0.1 that tests trust; key and certificate were made for them and stand nowhere else:
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=test -addext subjectAltName=IP:127.0.0.1`.
 */
export const httpsIdentity = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBhjCCASygAwIBAgIULjQ56cyFWyQ3Go5B902eVm34M0YwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjYyMTM1NTZaGA8yMTI2MTEwMjIxMzU1
NlowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJUS
RSJ51f67pF/Bwfl0RK63Qt+CFHuRtbh/qsX65zN3frRsHlOCWdMy+OtBjWATIoOp
opWhzBlfHbzhAWhrOIOjZDBiMB0GA1UdDgQWBBRWOw+jYvugUFIBThizDl5rvUkd
ujAfBgNVHSMEGDAWgBRWOw+jYvugUFIBThizDl5rvUkdujAPBgNVHRMBAf8EBTAD
AQH/MA8GA1UdEQQIMAaHBH8AAAEwCgYIKoZIzj0EAwIDSAAwRQIgTKtlR9sjQyCI
0y4FLMRRw660t+V1y15e9kf1TUwcHHYCIQCwG7YAFG6qiXZijgBPBsuEIOVaxqjx
+u+vpuEzB4EKsA==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrHNJ9LfExgVqOpUK
D/gw9fFkCRqNOHNeoOdDLUgW+3+hRANCAASVEkUiedX+u6RfwcH5dESut0LfghR7
kbW4f6rF+uczd360bB5TglnTMvjrQY1gEyKDqaKVocwZXx284QFoaziD
-----END PRIVATE KEY-----
`,
} as const;
