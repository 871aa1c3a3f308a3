#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/encoding.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

std::string hmac_hex(std::string_view key, std::string_view message) {
    return hex_encode(as_text(hmac_sha256(key, message)));
}

struct hmac_row {
    std::string key;
    std::string message;
    std::string_view mac;  ///< hex; case 5 of the RFC is cut to 128 bits
};

TEST(hmac_sha256, gives_the_vectors_of_rfc_4231) {
    std::string counting;
    for (char c = 1; c <= 25; ++c)
        counting += c;
    const hmac_row rows[] = {
        {std::string(20, '\x0b'), "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {std::string(20, '\xaa'), std::string(50, '\xdd'),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {counting, std::string(50, '\xcd'),
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {std::string(20, '\x0c'), "Test With Truncation", "a3b6167473100ee06e0c796c2955552b"},
        {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {std::string(131, '\xaa'),
         "This is a test using a larger than block-size key and a larger than block-size data. The key needs "
         "to be "
         "hashed before being used by the HMAC algorithm.",
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(hmac_hex(row.key, row.message).substr(0, row.mac.size()), row.mac) << row.message;
}

TEST(hmac_sha256, takes_an_empty_key_and_an_empty_message) {
    // An empty key after another one must not mean "the key of last time" (OpenSSL's HMAC_Init_ex).
    (void)hmac_sha256("some key", "");
    EXPECT_EQ(hmac_hex("", ""), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    EXPECT_EQ(hmac_hex(std::string_view(), std::string_view()), hmac_hex("", ""));
}

TEST(hmac_sha256, takes_keys_and_messages_with_nul) {
    EXPECT_NE(hmac_hex(std::string_view("a\0b", 3), "x"), hmac_hex("a", "x"));
    EXPECT_NE(hmac_hex("a", std::string_view("x\0y", 3)), hmac_hex("a", "x"));
}

TEST(sha256, gives_the_published_digests) {
    EXPECT_EQ(hex_encode(as_text(sha256(""))),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex_encode(as_text(sha256("abc"))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(md5, gives_the_digests_of_rfc_1321) {
    EXPECT_EQ(md5_hex(""), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(md5_hex("a"), "0cc175b9c0f1b6a831c399e269772661");
    EXPECT_EQ(md5_hex("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
    EXPECT_EQ(md5_hex("ExamplePassword"), "6a59e332352f3afab23e37096a66ec6b");
}

}  // namespace
}  // namespace shopbell
