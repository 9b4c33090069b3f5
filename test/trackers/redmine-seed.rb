# Fills a migrated, empty Redmine with what the tests count on. Argument: the file that gets KEY=VALUE lines.
require "/usr/share/redmine/config/environment"

ActiveRecord::Base.logger = nil
ActiveRecord::Base.connection.execute("PRAGMA synchronous = OFF")
Redmine::DefaultData::Loader.load("en")

facts = {}
name_of = ->(text) { text.upcase.gsub(/[^A-Z0-9]/, "_") }

{ rest_api_enabled: "1", login_required: "0", default_language: "en", notified_events: [], host_name: "127.0.0.1" }
  .each { |key, value| Setting.public_send("#{key}=", value) }

admin = User.find_by_login("admin")
admin.password = admin.password_confirmation = "admin-pass"
admin.must_change_passwd = false
admin.save!
facts["REDMINE_API_KEY"] = admin.api_key

person = lambda do |login, first, last, zone|
  user = User.new(firstname: first, lastname: last, mail: "#{login}@example.test", language: "en", mail_notification: "none")
  user.login = login
  user.password = user.password_confirmation = "#{login}-pass"
  user.save!
  user.pref.update!(time_zone: zone, hide_mail: false)
  facts["REDMINE_USER_#{name_of[login]}_ID"] = user.id
  facts["REDMINE_USER_#{name_of[login]}_KEY"] = user.api_key
  user
end

# Time zones differ on purpose: dates of an account are another day's near midnight.
people = {
  "alice" => [person["alice", "Alice", "Anders", "UTC"], "Manager"],
  "bob" => [person["bob", "Bob", "Böhm", "Berlin"], "Developer"],
  "carol" => [person["carol", "Carol", "O'Connor", "Pacific Time (US & Canada)"], "Developer"],
  "dave" => [person["dave", "Dave", "Dvořák", "Kathmandu"], "Reporter"],
  "erin" => [person["erin", "Erin", "Eriksson", ""], "Developer"],
  "syncbot" => [person["syncbot", "Sync", "Bot", "UTC"], "Manager"],
  "gone" => [person["gone", "Gone", "Locked", "UTC"], "Developer"],
}
person["frank", "Frank", "福田", "Tokyo"] # member of nothing

trackers = Tracker.sorted.to_a
alpha, beta = [["Alpha", trackers], ["Beta", trackers.reject { |t| t.name == "Support" }]].map do |title, allowed|
  project = Project.new(name: title, description: "#{title} for tests", is_public: false)
  project.identifier = title.downcase
  project.enabled_module_names = %w[issue_tracking time_tracking files]
  project.trackers = allowed
  project.save!
  people.each do |login, (user, role)|
    next if title == "Beta" && login == "dave"
    Member.create!(project: project, principal: user, roles: [Role.find_by_name(role)])
  end
  facts["REDMINE_PROJECT_#{name_of[title]}_ID"] = project.id
  project
end
people["gone"][0].update_columns(status: User::STATUS_LOCKED)

[[alpha, "0.9", "closed", "none"], [alpha, "1.0", "locked", "none"], [alpha, "1.1", "open", "none"], [alpha, "2.0", "open", "system"],
 [beta, "beta-1", "open", "none"], [beta, "beta-2", "open", "none"]].each do |project, title, status, sharing|
  version = Version.create!(project: project, name: title, status: status, sharing: sharing)
  facts["REDMINE_VERSION_#{name_of[title]}_ID"] = version.id
end
%w[Backend Frontend Documentation].each { |title| IssueCategory.create!(project: alpha, name: title) }
%w[Operations Helpdesk].each { |title| IssueCategory.create!(project: beta, name: title) }

# "External ID" is the marker field.
[["External ID", "string", { max_length: 255 }], ["Score", "float"], ["Build", "int"],
 ["Severity", "list", { possible_values: ["1-Low", "2-Medium", "3-High", "4-Critical"] }],
 ["Platforms", "list", { possible_values: %w[Linux macOS Windows Other], multiple: true }],
 ["Reviewer", "user"], ["Watch group", "user", { multiple: true }], ["Found in", "version"], ["Regression", "bool"],
 ["Promised on", "date"], ["Steps", "text", { max_length: 2000 }], ["Reference", "link"], ["Environment", "enumeration"],
 ["Ticket code", "string", { regexp: "^[A-Z]{2,5}-[0-9]+$" }]].each do |title, format, more|
  field = IssueCustomField.new(name: title, is_for_all: true, is_filter: true, visible: true)
  field.field_format = format
  (more || {}).each { |key, value| field.public_send("#{key}=", value) }
  field.trackers = trackers
  field.save!
  %w[Production Staging Laboratory].each { |label| field.enumerations.create!(name: label) } if format == "enumeration"
  facts["REDMINE_CF_#{name_of[title]}_ID"] = field.id
end

# A role that may go one narrow way only, in a project of its own. Last, so that nothing before it changes its id.
gamma = Project.new(name: "Gamma", description: "Gamma for tests", is_public: false)
gamma.identifier = "gamma"
gamma.enabled_module_names = %w[issue_tracking]
gamma.trackers = trackers
gamma.save!
clerk = Role.create!(name: "Clerk", permissions: %i[view_issues add_issues edit_issues delete_issues])
new, progress, resolved, closed = ["New", "In Progress", "Resolved", "Closed"].map { |name| IssueStatus.find_by_name(name) }
[[new, progress], [progress, resolved], [resolved, closed]].each do |from, to|
  trackers.each { |tracker| WorkflowTransition.create!(tracker: tracker, role: clerk, old_status: from, new_status: to) }
end
clara = person["clara", "Clara", "Clerk", "UTC"]
Member.create!(project: gamma, principal: clara, roles: [clerk])
facts["REDMINE_NARROW_PROJECT"] = gamma.identifier

facts["REDMINE_PROJECT"] = alpha.identifier
facts["REDMINE_VERSION"] = Redmine::VERSION.to_s
File.write(ARGV.fetch(0), facts.map { |key, value| "#{key}=#{value}\n" }.join)
