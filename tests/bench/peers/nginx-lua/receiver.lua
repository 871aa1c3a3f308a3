-- Verifies Jumpseller's signature with libcrypto and appends the body to a file.

local ffi = require "ffi"

ffi.cdef [[
    const void* EVP_sha256(void);
    unsigned char* HMAC(const void* digest, const void* key, int key_size, const char* data, size_t size,
                        unsigned char* code, unsigned int* code_size);
    int CRYPTO_memcmp(const char* one, const char* other, size_t size);
    int open(const char* path, int flags, int mode);
    ssize_t write(int file, const char* data, size_t size);
    int fdatasync(int file);
]]

local crypto = ffi.load("libcrypto.so.3")
local sha256 = crypto.EVP_sha256()
local code, code_size = ffi.new("unsigned char[32]"), ffi.new("unsigned int[1]")

local O_WRONLY_CREAT_APPEND = 0x1 + 0x40 + 0x400

local receiver = {}
local file, token, sync

function receiver.open(path, hooks_token, durable)
    file = ffi.C.open(path, O_WRONLY_CREAT_APPEND, tonumber("640", 8))
    assert(file >= 0, "cannot open " .. path)
    token, sync = hooks_token, durable
end

local function is_genuine(body, claimed)
    crypto.HMAC(sha256, token, #token, body, #body, code, code_size)
    local expected = ngx.encode_base64(ffi.string(code, 32))
    return claimed and #claimed == #expected and crypto.CRYPTO_memcmp(claimed, expected, #expected) == 0
end

local function store(body)
    local line = body .. "\n"
    if ffi.C.write(file, line, #line) ~= #line then
        return false
    end
    return not sync or ffi.C.fdatasync(file) == 0
end

function receiver.receive()
    ngx.req.read_body()
    local body = ngx.req.get_body_data() or ""
    if not is_genuine(body, ngx.var.http_jumpseller_hmac_sha256) then
        return ngx.exit(401)
    end
    if not store(body) then
        return ngx.exit(500)
    end
    ngx.header["Content-Type"] = "application/json"
    ngx.header["Content-Length"] = 21
    ngx.print('{"status":"accepted"}')
end

return receiver
