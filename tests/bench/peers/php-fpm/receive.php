<?php
// The check that Jumpseller documents, and an append.
$body = file_get_contents('php://input');
$expected = base64_encode(hash_hmac('sha256', $body, '@TOKEN@', true));
if (!hash_equals($expected, $_SERVER['HTTP_JUMPSELLER_HMAC_SHA256'] ?? '')) {
    http_response_code(401);
    exit;
}

if (!store($body . "\n")) {
    http_response_code(500);
    exit;
}
header('Content-Type: application/json');
echo '{"status":"accepted"}';

function store(string $line): bool
{
    if (!@SYNC@) {
        return file_put_contents('@STORED@', $line, FILE_APPEND | LOCK_EX) === strlen($line);
    }
    $file = fopen('@STORED@', 'ab');
    flock($file, LOCK_EX);
    $written = fwrite($file, $line) === strlen($line) && fflush($file);
    flock($file, LOCK_UN);  // so that the others' records come with the same sync
    return $written && fsync($file);
}
