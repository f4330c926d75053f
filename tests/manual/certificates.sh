# Makes the certificates of the manual's examples: certificates.sh DIRECTORY
set -e
mkdir "$1"
cd "$1"

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

signed() {  # signed NAME SUBJECT EXTENSIONS
  key "$1"
  printf '%s\n' "$3" >"$1.ext"
  openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile "$1.ext" -out "$1.pem"
}

key ca
openssl req -x509 -new -key ca.key -subj '/CN=Manual CA' -days 30 -out ca.pem -addext keyUsage=critical,keyCertSign
signed server /CN=localhost 'subjectAltName=DNS:localhost,IP:127.0.0.1
extendedKeyUsage=serverAuth'
signed client /CN=client extendedKeyUsage=clientAuth
