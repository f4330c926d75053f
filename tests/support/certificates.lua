-- Certificates for tests, made by the program openssl when the first test asks for them:
--
--   local made = dofile("certificates.lua").make()
--
-- gives a directory (`made.directory`) with the files that SCRIPT names, and made.path(name) for each of
-- them. made:remove() takes them away.

local certificates = {}

-- What is made, by openssl. Everything is signed by `ca` unless its name says otherwise.
local SCRIPT = [[
set -e
cd "$1"
key() { openssl ecparam -name prime256v1 -genkey -noout -out $1.key; }
root() {
  key $1
  openssl req -x509 -new -key $1.key -subj "/CN=$2" -days 30 -out $1.pem \
    -addext keyUsage=critical,keyCertSign,cRLSign
}
signed() {  # NAME SUBJECT SERIAL CA EXTENSIONS [PREFIX...]
  name=$1 subject=$2 serial=$3 ca=$4
  printf "$5" > $name.ext
  shift 5
  key $name
  openssl req -new -key $name.key -subj "$subject" -out $name.csr
  "$@" openssl x509 -req -in $name.csr -CA $ca.pem -CAkey $ca.key -set_serial $serial -days 20 \
    -extfile $name.ext -out $name.pem
}
root ca "Moontide Test CA"
root other_ca "Another CA"
signed server "/C=DE/O=Moontide/CN=localhost" 4660 ca \
  'subjectAltName=@names\nextendedKeyUsage=serverAuth\n[names]\nDNS.1=localhost\nDNS.2=*.wild.test
IP.1=127.0.0.1\nIP.2=::1\nemail.1=a@b.test\nURI.1=http://b.test/
otherName.1=1.3.6.1.5.5.7.8.5;UTF8:xmpp.test\notherName.2=1.2.3.4;INTEGER:77\n'
signed second "/CN=second.test" 2 ca 'subjectAltName=DNS:second.test\nextendedKeyUsage=serverAuth\n'
signed client "/CN=client" 3 ca 'extendedKeyUsage=clientAuth\n'
signed only_cn "/CN=localhost" 4 ca 'extendedKeyUsage=serverAuth\n'
signed foreign "/CN=localhost" 5 other_ca 'subjectAltName=DNS:localhost,IP:127.0.0.1\n'
signed expired "/CN=localhost" 6 ca 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' faketime '2 years ago'
signed between "/CN=Between CA" 7 ca 'basicConstraints=critical,CA:TRUE\n'
signed leaf "/CN=localhost" 8 between 'subjectAltName=DNS:localhost,IP:127.0.0.1\n'
cat leaf.pem between.pem > chain.pem
openssl ec -in server.key -aes128 -passout pass:secret -out encrypted.key
openssl dhparam -out dh.pem -dsaparam 1024
]]

function certificates.make()
  local directory = os.tmpname()
  os.remove(directory)
  assert(os.execute("mkdir '" .. directory .. "'"))
  local script = directory .. "/make"
  local file = assert(io.open(script, "w"))
  file:write(SCRIPT)
  file:close()
  local command = ("timeout 120 bash '%s' '%s' > '%s/log' 2>&1"):format(script, directory, directory)
  local status = os.execute(command)
  if status ~= 0 and status ~= true then
    error("certificates could not be made: " .. io.open(directory .. "/log"):read("*a"))
  end
  local made = { directory = directory }
  function made.path(name)
    return directory .. "/" .. name
  end
  function made:remove()
    os.execute("rm -rf '" .. self.directory .. "'")
  end
  return made
end

return certificates
