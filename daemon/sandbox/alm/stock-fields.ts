import { fieldTable } from "./schema.ts";

export const DEFECT_FIELDS = fieldTable(`
id | BG_BUG_ID | Defect ID | Number | 10 | F
name | BG_SUMMARY | Summary | String | 255 | R E F
description | BG_DESCRIPTION | Description | Memo | -1 | E
dev-comments | BG_DEV_COMMENTS | Comments | Memo | -1 | E
status | BG_STATUS | Status | LookupList | 70 | E F H V | Bug Status
severity | BG_SEVERITY | Severity | LookupList | 70 | R E F H V | Severity
priority | BG_PRIORITY | Priority | LookupList | 70 | E F V | Priority
owner | BG_RESPONSIBLE | Assigned To | UsersList | 60 | E F H V
detected-by | BG_DETECTED_BY | Detected By | UsersList | 60 | R E F V
creation-time | BG_DETECTION_DATE | Detected on Date | Date | 10 | R E F
closing-date | BG_CLOSING_DATE | Closing Date | Date | 10 | E F
detected-in-rel | BG_DETECTED_IN_REL | Detected in Release | Reference | -1 | E F H | @release defectToDetectedReleaseConnection
detected-in-rcyc | BG_DETECTED_IN_RCYC | Detected in Cycle | Reference | -1 | E F H | @release-cycle defectToDetectedReleaseCycleConnection
target-rel | BG_TARGET_REL | Target Release | Reference | -1 | E F H | @release defectToTargetReleaseConnection
target-rcyc | BG_TARGET_RCYC | Target Cycle | Reference | -1 | E F H | @release-cycle defectToTargetReleaseCycleConnection
detection-version | BG_DETECTION_VERSION | Detected in Version | LookupList | 70 | E F V | Versions
planned-closing-ver | BG_PLANNED_CLOSING_VER | Planned Closing Version | LookupList | 70 | E F V | Versions
closing-version | BG_CLOSING_VERSION | Closed in Version | LookupList | 70 | E F V | Versions
reproducible | BG_REPRODUCIBLE | Reproducible | LookupList | 1 | E F V | YesNo
project | BG_PROJECT | Project | LookupList | 70 | E F | Projects
subject | BG_SUBJECT | Subject | Number | 10 | E F V | Subject
estimated-fix-time | BG_ESTIMATED_FIX_TIME | Estimated Fix Time | Number | 5 | E F
actual-fix-time | BG_ACTUAL_FIX_TIME | Actual Fix Time | Number | 5 | E F
attachment | BG_ATTACHMENT | Attachment | String | 1 | F C
has-linkage | BG_HAS_LINKAGE | Has Linkage | String | 99999 | v
has-others-linkage | BG_HAS_OTHERS_LINKAGE | Has Others Linkage | String | 99999 | v
has-change | BG_HAS_CHANGE | Change Status | String | 50 | F I C
to-mail | BG_TO_MAIL | To Mail | String | 1 | F I C
cycle-id | BG_CYCLE_ID | Cycle ID | Number | 10 | F I C
request-id | BG_REQUEST_ID | Request ID | Number | 10 | F I C
last-modified | BG_VTS | Modified | DateTime | 20 | F C
ver-stamp | BG_BUG_VER_STAMP | Version Stamp | Number | 10 | I C
user-01 | BG_USER_01 | External Key | String | 255 | E F
user-02 | BG_USER_02 | Platforms | LookupList | 255 | E F H V M | Platforms
user-03 | BG_USER_03 | Customer | String | 40 | E F
user-04 | BG_USER_04 | Agile Manager ID | Number | 10 | E F
user-05 | BG_USER_05 | Creation Method | String | 30 | E F
user-06 | BG_USER_06 | Promised On | Date | 10 | E F
user-07 | BG_USER_07 | Effort (float) | String | 20 | E F
user-08 | BG_USER_08 | Workaround | Memo | -1 | E
`);

/** Of newer releases only. */
export const DEFECT_FIELDS_NEW = fieldTable(`
environment | BG_ENVIRONMENT | Environment | Reference | -1 | E F
responsible-team | BG_RESPONSIBLE_TEAM | Responsible Team | String | 70 | E F
`);

export const REQUIREMENT_FIELDS = fieldTable(`
id | RQ_REQ_ID | Req ID | Number | 10 | F
name | RQ_REQ_NAME | Name | String | 255 | R E F H L
type-id | RQ_TYPE_ID | Requirement Type | Reference | -1 | R E F H
parent-id | RQ_FATHER_ID | Req Parent | Reference | -1 | E F | @requirement requirementToRequirementConnection
father-name | RQ_FATHER_NAME | Req Father Name | String | 99999 | v
order-id | RQ_ORDER_ID | Order ID | Number | 10 | F I C
no-of-sons | RQ_NO_OF_SONS | Number of Sons | Number | 10 | I C
hierarchical-path | RQ_REQ_PATH | Path | String | 255 | F I C
description | RQ_REQ_COMMENT | Description | Memo | -1 | E L
comments | RQ_DEV_COMMENTS | Comments | Memo | -1 | E L
req-rich-content | RQ_REQ_RICH_CONTENT | Rich Text | Memo | -1 | E L
has-rich-content | RQ_HAS_RICH_CONTENT | Has Rich Text | String | 1 | F C
owner | RQ_REQ_AUTHOR | Author | UsersList | 60 | E F H V L
creation-time | RQ_REQ_DATE | Creation Date | Date | 10 | E F
req-time | RQ_REQ_TIME | Creation Time | String | 8 | E F
req-priority | RQ_REQ_PRIORITY | Priority | LookupList | 70 | E F H V L | Priority
req-product | RQ_REQ_PRODUCT | Product | LookupList | 70 | E F V L | Projects
req-reviewed | RQ_REQ_REVIEWED | Reviewed | LookupList | 70 | E F H V L | Reviewed
status | RQ_REQ_STATUS | Direct Cover Status | LookupList | 70 | E F H C | Req Status
target-rel | RQ_TARGET_REL | Target Release | Reference | -1 | E F H M | @release requirementToReleaseConnection
target-rcyc | RQ_TARGET_RCYC | Target Cycle | Reference | -1 | E F H M | @release-cycle requirementToReleaseCycleConnection
attachment | RQ_ATTACHMENT | Attachment | String | 1 | F C
has-linkage | RQ_HAS_LINKAGE | Has Linkage | String | 99999 | v
istemplate | RQ_ISTEMPLATE | Template | String | 1 | F I C
rbt-bsns-impact | RQ_RBT_BSNS_IMPACT | Business Impact | String | 40 | E F
rbt-risk | RQ_RBT_RISK | Risk | String | 40 | E F
vc-status | RQ_VC_STATUS | Version Status | String | 40 | F I C
vc-version-number | RQ_VC_VERSION_NUMBER | Version Number | Number | 10 | F I C
check-out-user-name | RQ_VC_CHECKOUT_USER_NAME | Version Checked Out By | UsersList | 60 | F I C
last-modified | RQ_VTS | Modified | DateTime | 20 | F C
ver-stamp | RQ_REQ_VER_STAMP | Version Stamp | Number | 10 | I C
user-01 | RQ_USER_01 | Agile Manager ID | Number | 10 | E F
`);

export const RELEASE_FIELDS = fieldTable(`
id | REL_ID | Release ID | Number | 10 | F
name | REL_NAME | Name | String | 255 | R E F
start-date | REL_START_DATE | Start Date | Date | 10 | R E F
end-date | REL_END_DATE | End Date | Date | 10 | R E F
parent-id | REL_PARENT_ID | Release Folder | Reference | -1 | R E F | @release-folder releaseFolderToReleaseConnection
description | REL_DESCRIPTION | Description | Memo | -1 | E
has-attachments | REL_HAS_ATTACHMENTS | Attachment | String | 1 | F C
req-count | REL_REQ_COUNT | Requirements Count | Number | 99999 | v
milestones-count | REL_MILESTONES_COUNT | Milestones Count | Number | 99999 | v
scope-items-count | REL_SCOPE_ITEMS_COUNT | Scope Items Count | Number | 99999 | v
last-modified | REL_VTS | Modified | DateTime | 20 | F C
ver-stamp | REL_VER_STAMP | Version Stamp | Number | 10 | I C
`);

export const CYCLE_FIELDS = fieldTable(`
id | RCYC_ID | Cycle ID | Number | 10 | F
name | RCYC_NAME | Name | String | 255 | R E F
start-date | RCYC_START_DATE | Start Date | Date | 10 | R E F
end-date | RCYC_END_DATE | End Date | Date | 10 | R E F
parent-id | RCYC_PARENT_ID | Release | Reference | -1 | R E F | @release releaseToReleaseCycleConnection
description | RCYC_DESCRIPTION | Description | Memo | -1 | E
has-attachments | RCYC_HAS_ATTACHMENTS | Attachment | String | 1 | F C
req-count | RCYC_REQ_COUNT | Requirements Count | Number | 99999 | v
cf-count | RCYC_CF_COUNT | CF Count | Number | 99999 | v
last-modified | RCYC_VTS | Modified | DateTime | 20 | F C
ver-stamp | RCYC_VER_STAMP | Version Stamp | Number | 10 | I C
`);

export const FOLDER_FIELDS = fieldTable(`
id | RF_ID | Release Folder ID | Number | 10 | F
name | RF_NAME | Name | String | 255 | R E F
parent-id | RF_PARENT_ID | Parent Folder | Reference | -1 | R E F | @release-folder releaseFolderToReleaseFolderConnection
description | RF_DESCRIPTION | Description | Memo | -1 | E
hierarchical-path | RF_PATH | Path | String | 255 | F I C
has-attachments | RF_HAS_ATTACHMENTS | Attachment | String | 1 | F C
ver-stamp | RF_VER_STAMP | Version Stamp | Number | 10 | I C
`);

export const LINK_FIELDS = fieldTable(`
id | LN_LINK_ID | Link ID | Number | 10 | F
first-endpoint-id | LN_BUG_ID | Defect ID | Reference | -1 | R F | @defect defectLinkToFirstDefect
second-endpoint-id | LN_ENTITY_ID | Linked Entity ID | Number | 10 | R F
second-endpoint-type | LN_ENTITY_TYPE | Linked Entity Type | String | 60 | R F
second-endpoint-name | LN_ENTITY_NAME | Linked Entity Name | String | 99999 | v
second-endpoint-status | LN_ENTITY_STATUS | Linked Entity Status | String | 99999 | v
link-type | LN_LINK_TYPE | Link Type | LookupList | 70 | E F | Link Type
comment | LN_LINK_COMMENT | Comment | String | 255 | E F
owner | LN_CREATED_BY | Created By | UsersList | 60 | F C
creation-time | LN_CREATION_DATE | Creation Date | Date | 10 | F C
last-modified | LN_VTS | Modified | DateTime | 20 | F C
`);

export const TRACE_FIELDS = fieldTable(`
id | RT_TRACE_ID | Trace ID | Number | 10 | F
from-req-id | RT_FROM_REQ_ID | Trace From | Reference | -1 | R F | @requirement reqTraceFromRequirement
to-req-id | RT_TO_REQ_ID | Trace To | Reference | -1 | R F | @requirement reqTraceToRequirement
comment | RT_COMMENT | Comment | String | 255 | E F
owner | RT_OWNER | Created By | UsersList | 60 | F C
creation-date | RT_CREATION_DATE | Creation Date | Date | 10 | F C
`);

export const ATTACHMENT_FIELDS = fieldTable(`
id | CR_REF_ID | Attachment ID | Number | 10 | F
name | CR_REFERENCE | Name | String | 255 | R E F
description | CR_DESCRIPTION | Description | Memo | -1 | E
file-size | CR_FILE_SIZE | Size | Number | 10 | F C
last-modified | CR_LAST_MODIFIED | Modified | DateTime | 20 | F C
parent-id | CR_KEY_1 | Parent ID | Number | 10 | F C
parent-type | CR_ENTITY | Parent Type | String | 60 | F C
ref-type | CR_REF_TYPE | Type | String | 40 | F C
ref-subtype | CR_REF_SUBTYPE | Subtype | Number | 10 | F C
vc-cur-ver | CR_VC_CUR_VER | Current Version | Number | 10 | I C
vc-user-name | CR_VC_USER_NAME | Version User | String | 60 | I C
`);
