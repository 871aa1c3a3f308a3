#include "reader_state.hpp"
#include "secret_file.hpp"
#include "secret_text.hpp"
#include "text_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace shopbell::config {

namespace {

constexpr std::size_t largest_secret_file = 64 * 1024;

/// One of the four forms as it stands in the file.
struct given_form {
    std::string key;        ///< "hooks_token_file"
    std::string_view form;  ///< "_file"
    const node* value;
};

/// A name that looks like one may be shown; anything else may be a secret under the wrong key.
bool looks_like_a_variable(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

/// systemd itself guards that folder; the mode bits show its access list's mask.
bool is_credential(const std::string& path) {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    return folder != nullptr && *folder != '\0' && path.starts_with(std::string(folder) + '/') &&
           path.find("/../") == std::string::npos;
}

std::string cannot_be_read(std::string_view key, const std::string& path, const failure& why) {
    return quoted(key) + " names " + path + ", which cannot be read: " + why.reason;
}

/// Turns the text of one element into the secret that it stands for.
class secret_loader {
public:
    secret_loader(reader::state& self, const given_form& given, secret_kind kind)
        : self_(self), given_(given), kind_(kind) {}

    std::optional<shopbell::secret> load(const node& element) {
        if (element.text.empty())
            return fail(element, quoted(given_.key) + " is empty");
        if (given_.form == "_file") {
            if (!is_credential(element.text))
                self_.secret_files->insert(element.text);
            return from_file(element, element.text);
        }
        if (given_.form == "_env")
            return from_environment(element);
        if (given_.form == "_credential")
            return from_credential(element);
        return as_meant(element, element.text, quoted(given_.key) + " is empty");
    }

private:
    std::optional<shopbell::secret> as_meant(const node& element, std::string bytes, std::string if_empty) {
        auto text = meant_by(std::move(bytes), kind_);
        if (text.empty())
            return fail(element, std::move(if_empty));
        if (const auto doubt = doubt_about(text, kind_))
            self_.report(severity::warning, element.where,
                         "the secret of " + quoted(given_.key) + ' ' + *doubt +
                             ", which is hardly meant: enter it again, by hand or from another place");
        return shopbell::secret(std::move(text));
    }

    std::optional<shopbell::secret> fail(const node& element, std::string message,
                                         problem_kind kind = problem_kind::other) {
        self_.fail(given_.key, element.where, std::move(message), kind);
        return std::nullopt;
    }

    std::optional<shopbell::secret> from_file(const node& element, const std::string& path) {
        auto file = read_text_file(path, largest_secret_file);
        if (!file)
            return fail(element, cannot_be_read(given_.key, path, file.error()));
        if (!is_credential(path))
            warn_of_others(element, path, *file);
        return as_meant(element, std::move(file->content),
                        quoted(given_.key) + " names " + path + ", which is empty");
    }

    void warn_of_others(const node& element, const std::string& path, const text_file& file) {
        const auto wrong = exposure_of(path, file, file_reader::this_process());
        if (!wrong.empty())
            self_.report(severity::warning, element.where, path + " (" + quoted(given_.key) + ") " + wrong);
    }

    std::optional<shopbell::secret> from_environment(const node& element) {
        const char* value = std::getenv(element.text.c_str());
        const auto name = looks_like_a_variable(element.text) ? " " + element.text : std::string();
        const auto what = quoted(given_.key) + " names the environment variable" + name + ", which is ";
        if (value == nullptr)
            return fail(element, what + "not set");
        return as_meant(element, value, what + "empty");
    }

    std::optional<shopbell::secret> from_credential(const node& element) {
        if (element.text.find('/') != std::string::npos || element.text == "." || element.text == "..")
            return fail(element, quoted(given_.key) + " expects the name of a credential, without \"/\"");
        const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
        if (folder == nullptr || *folder == '\0')
            return fail(element,
                        quoted(given_.key) +
                            " needs $CREDENTIALS_DIRECTORY, which systemd sets for a service with "
                            "LoadCredential=",
                        problem_kind::no_credentials_directory);
        return from_file(element, std::string(folder) + "/" + element.text);
    }

    reader::state& self_;
    const given_form& given_;
    secret_kind kind_;
};

/// A literal may be the secret itself, and so may a text that should name a variable but cannot.
secret_source source_of(std::string_view key, const given_form& given,
                        const std::vector<const node*>& elements, std::size_t count) {
    using form = secret_source::form;
    secret_source source{std::string(key), form::literal, count};
    if (given.form.empty())
        return source;
    source.from = given.form == "_file"  ? form::file
                  : given.form == "_env" ? form::environment
                                         : form::credential;
    for (const auto* element : elements) {
        if (source.from != form::environment || looks_like_a_variable(element->text))
            source.names.push_back(element->text);
    }
    return source;
}

void remember(secret_sources& all, secret_source latest) {
    std::erase_if(all, [&](const secret_source& known) { return known.key == latest.key; });
    all.push_back(std::move(latest));
}

std::vector<given_form> forms_given(reader::state& self, std::string_view key) {
    std::vector<given_form> given;
    for (const auto form : secret_forms) {
        auto spelled = std::string(key) + std::string(form);
        if (const auto* value = self.find(spelled))
            given.push_back({std::move(spelled), form, value});
    }
    return given;
}

/// The strings of one value or of an array of them; empty where something else was found and reported.
std::vector<const node*> elements_of(const given_form& given, reader::state& self) {
    constexpr std::string_view accepted = " expects a string or an array of strings, got ";
    if (given.value->kind == node_kind::string)
        return {given.value};
    if (given.value->kind != node_kind::array) {
        self.fail(given.key, given.value->where,
                  quoted(given.key) + std::string(accepted) + std::string(describe(given.value->kind)));
        return {};
    }
    if (given.value->elements.empty())
        self.fail(given.key, given.value->where,
                  quoted(given.key) + std::string(accepted) + "an empty array");
    std::vector<const node*> all;
    for (const auto& element : given.value->elements) {
        if (element.kind == node_kind::string)
            all.push_back(&element);
        else
            self.fail(given.key, element.where,
                      "every element of " + quoted(given.key) + " must be a string, got " +
                          std::string(describe(element.kind)));
    }
    return all;
}

}  // namespace

bool reader::has_secret(std::string_view key) const {
    return std::ranges::any_of(secret_forms, [&](std::string_view form) {
        return state_->peek(std::string(key) + std::string(form)) != nullptr;
    });
}

secrets reader::secret(std::string_view key, secret_kind kind) {
    const auto given = forms_given(*state_, key);
    if (given.empty())
        return {};
    for (std::size_t i = 1; i < given.size(); ++i)
        state_->fail(key, given[i].value->where,
                     quoted(given[i].key) + " is given beside " + quoted(given[0].key) +
                         "; use only one of the four forms");
    const auto& form = given.front();
    secrets all;
    secret_loader loader(*state_, form, kind);
    const auto elements = elements_of(form, *state_);
    for (const auto* element : elements)
        if (auto one = loader.load(*element))
            all.push_back(*std::move(one));
    remember(*state_->sources, source_of(key, form, elements, all.size()));
    if (form.form.empty() && !all.empty())
        state_->report(severity::warning, form.value->where,
                       quoted(key) + " is in the file itself; prefer " + form.key + "_file, " + form.key +
                           "_env or " + form.key + "_credential");
    if (state_->failed.contains(form.key))
        state_->failed.emplace(key);
    return all;
}

const secret_sources& reader::sources_of_secrets() const noexcept {
    return *state_->sources;
}

std::string reader::required_file(std::string_view key) {
    const auto path = required_string(key);
    if (path.empty())
        return {};
    auto file = read_text_file(path, largest_secret_file);
    if (file)
        return std::move(file->content);
    state_->fail(key, state_->place_of(key), cannot_be_read(key, path, file.error()));
    return {};
}

std::optional<shopbell::secret> reader::required_secret_file(std::string_view key) {
    if (required_string(key).empty())
        return std::nullopt;
    const given_form form{std::string(key), "_file", state_->peek(key)};
    auto text = secret_loader(*state_, form, secret_kind::document).load(*form.value);
    remember(*state_->sources, source_of(key, form, {form.value}, text ? 1 : 0));
    return text;
}

}  // namespace shopbell::config
