# Verifies Jumpseller's signature as its documentation does in Ruby, and appends the body to a file.
require "base64"
require "openssl"
require "sinatra/base"

class Receiver < Sinatra::Base
  FILE = File.open("@STORED@", "ab", 0o640).tap { |file| file.sync = true }

  post "/hooks/jumpseller" do
    body = request.body.read
    expected = Base64.strict_encode64(OpenSSL::HMAC.digest("SHA256", "@TOKEN@", body))
    halt 401 unless Rack::Utils.secure_compare(expected, request.env["HTTP_JUMPSELLER_HMAC_SHA256"].to_s)

    FILE.write(body + "\n")
    content_type :json
    '{"status":"accepted"}'
  end
end

run Receiver
